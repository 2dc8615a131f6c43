"""Reading the tools that a leaf names, and the calls that its held-out examples want."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from tutelage.core.nearest import nearest
from tutelage.taxonomy.finding import Notes
from tutelage.taxonomy.qna import WantedCall
from tutelage.taxonomy.tool import Tool, ToolError, tool_of_schema, tools_of_file
from tutelage.taxonomy.validate_partially import PartlyValid


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


def check_calls(tools: Sequence[Tool], written: PartlyValid, notes: Notes) -> None:
    """Note held-out examples that want a call which no tool of the leaf takes."""
    by_name = {tool.name: tool for tool in tools}
    for place, call in _wanted_calls(written):
        why = None
        if not tools:
            why = "the leaf has no `tools` to show with it"
        elif isinstance(call, WantedCall) and call.name not in by_name:
            why = f"'{call.name}' is no tool of the leaf{nearest(call.name, by_name)}"
        elif isinstance(call, WantedCall):
            why = by_name[call.name].misfit(call.arguments)
        if why:
            notes.error("wrong-tool-call", place, why)


def _wanted_calls(written: PartlyValid) -> Iterator[tuple[str, WantedCall | Literal["none"]]]:
    for place, example in written.eval_examples:
        turns = ((f"{place}.turns.{n}", turn.tool_call) for n, turn in enumerate(example.turns))
        for where, call in ((place, example.tool_call), *turns):
            if call is not None:
                yield f"{where}.tool_call", call


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
