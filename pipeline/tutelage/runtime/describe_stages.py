"""The stages in words: all in a table, or one with its fields, inputs and output."""

import inspect
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tutelage.contract.inputs import Input
from tutelage.contract.stage import Stage
from tutelage.core.field_texts import field_texts
from tutelage.recipe.json_schema import described
from tutelage.stages import STAGES, find_stage


def list_stages() -> RenderableType:
    """A table of the built-in stages: what each takes and makes."""
    table = Table("stage", "takes", "makes", "what it does", box=None, pad_edge=False)
    for name in STAGES:
        kind = find_stage(name)
        takes = ", ".join(kind.inputs())
        table.add_row(name, takes, kind.returns().__name__, _summary(kind))
    return table


def describe_stage(name: str) -> RenderableType:
    """A stage's fields, inputs and output, from its own docstrings."""
    kind = find_stage(name)
    makes = f"makes {kind.returns().__name__}: {inspect.getdoc(kind.run) or ''}"
    about, space = Text(inspect.getdoc(kind) or ""), Text()
    return Group(about, space, _inputs(kind), space, _fields(kind), space, Text(makes))


def stages_facts() -> list[dict[str, Any]]:
    """The same as `list_stages`, as data."""
    return [
        {
            "name": name,
            "takes": list(kind.inputs()),
            "makes": kind.returns().__name__,
            "summary": _summary(kind),
        }
        for name in STAGES
        for kind in [find_stage(name)]
    ]


def stage_description(name: str) -> dict[str, Any]:
    """The same as `describe_stage`, as data; `fields` is a JSON Schema."""
    kind = find_stage(name)
    return {
        "name": name,
        "about": inspect.getdoc(kind) or "",
        "inputs": [
            {"name": one.name, "type": _type_name(one), "required": one.required}
            for one in kind.inputs().values()
        ],
        "fields": described(kind),
        "makes": kind.returns().__name__,
    }


def _inputs(kind: type[Stage]) -> Table:
    table = _titled("inputs (--in name=...)", "input", "type", "")
    for entry in kind.inputs().values():
        table.add_row(entry.name, _type_name(entry), "required" if entry.required else "optional")
    return table


def _fields(kind: type[Stage]) -> Table:
    table = _titled("fields (--set name=...)", "field", "default", "")
    texts = field_texts(kind)
    for name, info in kind.model_fields.items():
        default = repr(info.get_default(call_default_factory=True))
        table.add_row(name, "required" if info.is_required() else default, texts.get(name, ""))
    return table


def _titled(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, box=None, title_justify="left")


def _type_name(entry: Input) -> str:
    name = entry.type.__name__
    return f"list of {name}" if entry.many else name


def _summary(kind: type[Stage]) -> str:
    return (inspect.getdoc(kind) or "").split("\n", 1)[0]
