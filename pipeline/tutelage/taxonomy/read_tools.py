"""Reading the tools that a leaf names."""

from collections.abc import Iterator, Sequence
from typing import Any

from tutelage.taxonomy.finding import Notes
from tutelage.taxonomy.tool import Tool, ToolError, tool_of_schema, tools_of_file


def read_tools(entries: Sequence[Any], notes: Notes) -> tuple[Tool, ...]:
    """The tools of a leaf: schemas, and functions of Python files beside its `qna.yaml`.

    What cannot be a tool is noted as an error, in a line each.
    """
    found: dict[str, Tool] = {}
    for number, entry in enumerate(entries):
        place = f"tools.{number}"
        try:
            for tool in _tools(entry, notes):
                if tool.name in found:
                    raise ToolError(f"a tool '{tool.name}' stands above already")
                found[tool.name] = tool
        except ToolError as exc:
            notes.error("wrong-tool", place, str(exc))
    return tuple(found.values())


def _tools(entry: Any, notes: Notes) -> Iterator[Tool]:
    if not isinstance(entry, str):
        yield tool_of_schema(entry)
        return
    folder = notes.file.parent
    file = folder / entry
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ToolError(f"{entry}: leads out of the leaf's folder; copy the file into it")
    if file.suffix != ".py":
        raise ToolError(f"{entry}: is no Python file; name one, or write the tool's schema here")
    yield from tools_of_file(file)
