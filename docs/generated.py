"""Reference pages written from the code: a line `<!-- generated: NAME -->` becomes its text.

What is generated are fields of recipes, stages, filters, verifiers and `qna.yaml`, the commands and
the errors: from pydantic classes, the docstrings under their fields, and the commands' own help.
"""

import importlib
import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import tutelage.core.errors
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from tutelage.cli.app import app
from tutelage.contract.stage import Stage
from tutelage.core.field_texts import field_texts
from tutelage.core.row_columns import ROW_COLUMNS
from tutelage.curation.filters.row_filter import FILTERS
from tutelage.recipe.schema import RecipeFile
from tutelage.stages import STAGES
from tutelage.taxonomy.qna import QnaFile
from tutelage.training.rewards.reward_term import REWARD_TERMS
from tutelage.verifiers.verifier import VERIFIERS

_MARK = re.compile(r"^<!-- generated: (.+?) -->$", re.MULTILINE)
_SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def fill(source: list[str]) -> None:
    """Put the generated text in place of each mark in a page's source."""
    source[0] = _MARK.sub(lambda mark: PAGES[mark[1]](), source[0])


def stages() -> str:
    """Every built-in stage: what it does, takes, makes, and its fields."""
    kinds = {name: _class(path) for name, path in STAGES.items()}
    inner = dict.fromkeys(one for kind in kinds.values() for one in nested(kind))
    parts = [_stage(name, kind) for name, kind in kinds.items()]
    return "\n\n".join([*parts, *(_section(_key(kind), kind) for kind in inner)])


def filters() -> str:
    """Every built-in filter with its settings."""
    return _parts(FILTERS)


def rows() -> str:
    """Every column that rows have."""
    lines = [f"| `{name}` | {text} |" for name, text in ROW_COLUMNS.items()]
    return "\n".join(["| column | meaning |", "|---|---|", *lines])


def verifiers() -> str:
    """Every built-in verifier with its settings."""
    return _parts(VERIFIERS)


def rewards() -> str:
    """Every built-in term of a reward with its settings."""
    return _parts(REWARD_TERMS)


def recipe() -> str:
    """The keys of a recipe, and of each mapping in it."""
    return _tree(RecipeFile, "A recipe")


def qna() -> str:
    """The keys of a `qna.yaml`, and of each mapping in it."""
    return _tree(QnaFile, "The file")


def commands() -> str:
    """Every command with its arguments and options."""
    return "\n\n".join(_commands(typer.main.get_command(app), "tutelage"))


def errors() -> str:
    """The tree of errors, as it is drawn in their module."""
    return f"```text\n{inspect.getdoc(tutelage.core.errors)}\n```"


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "errors": errors,
    "filters": filters,
    "qna": qna,
    "rows": rows,
    "recipe": recipe,
    "stages": stages,
    "rewards": rewards,
    "verifiers": verifiers,
}


def _class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _stage(name: str, kind: type[Stage]) -> str:
    inputs = [
        [f"`{entry.name}`", _input(entry), "required" if entry.required else "optional"]
        for entry in kind.inputs().values()
    ]
    parts = [
        f"## `{name}`",
        inspect.getdoc(kind) or "",
        _table(["input", "type", ""], inputs),
        fields_table(kind),
        f"**Makes {kind.returns().__name__}.** {inspect.getdoc(kind.run) or ''}",
    ]
    return "\n\n".join(part for part in parts if part)


def _input(entry: Any) -> str:
    return f"list of {entry.type.__name__}" if entry.many else str(entry.type.__name__)


def _parts(table: Mapping[str, str]) -> str:
    return "\n\n".join(_section(f"`{name}`", _class(path)) for name, path in table.items())


def _tree(root: type[BaseModel], title: str) -> str:
    """A table of the root's fields, then of each class that stands in one, in order."""
    inner = dict.fromkeys(nested(root))
    return "\n\n".join([_section(title, root), *(_section(_key(kind), kind) for kind in inner)])


def _section(heading: str, kind: type[BaseModel]) -> str:
    return f"## {heading}\n\n{inspect.getdoc(kind) or ''}\n\n{fields_table(kind)}"


def _key(kind: type[BaseModel]) -> str:
    """A class's name as words: `EvalExampleForm` is `Eval example form`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).capitalize()


def nested(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The classes that stand in a class's fields, and in theirs."""
    for info in kind.model_fields.values():
        for inner in _models_in(info.annotation):
            yield inner
            yield from nested(inner)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def fields_table(kind: type[BaseModel]) -> str:
    """A Markdown table of a class's fields; raises LookupError for one without a description."""
    texts = field_texts(kind)
    if missing := sorted(set(kind.model_fields) - set(texts)):
        raise LookupError(f"{kind.__module__}.{kind.__name__}.{missing[0]}: no docstring under it")
    rows = [
        [f"`{name}`", _type(info), _default(info), " ".join(texts[name].split())]
        for name, info in kind.model_fields.items()
    ]
    return _table(["field", "type", "default", "meaning"], rows)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value is PydanticUndefined:
        return "its defaults"
    if value is None:
        return "not set"
    return f"`{str(value).lower() if isinstance(value, bool) else repr(value)}`"


def _type(info: FieldInfo) -> str:
    limits = [
        f"{sign} {getattr(one, name)}"
        for one in info.metadata
        for name, sign in _SIGNS.items()
        if getattr(one, name, None) is not None
    ]
    return ", ".join([type_name(info.annotation), *limits])


def type_name(annotation: Any) -> str:
    """An annotation as a user reads it: `text or whole number`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin in (Union, types.UnionType):
        inner = [type_name(part) for part in arguments if part is not type(None)]
        return " or ".join(dict.fromkeys(inner))
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin is list or origin is tuple:
        return f"list of {type_name(arguments[0])}"
    if origin is dict or annotation is dict:
        return "mapping" if not arguments else f"mapping of {type_name(arguments[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return f"[{_key(annotation)}](#{_key(annotation).lower().replace(' ', '-')})"
    return _WORDS.get(annotation) or str(getattr(annotation, "__name__", annotation))


_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Any: "anything",
}


def _table(head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _commands(command: Any, path: str) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield _command(command, path)
    for name, one in (inner or {}).items():
        yield from _commands(one, f"{path} {name}")


def _command(command: Any, path: str) -> str:
    rows = []
    for one in command.params:
        is_option = one.param_type_name == "option"
        name = ", ".join(one.opts) if is_option else (one.metavar or one.name).upper()
        needed = "required" if one.required else ""
        rows.append([f"`{name}`", needed, getattr(one, "help", None) or ""])
    return "\n\n".join(
        [f"## `{path}`", inspect.cleandoc(command.help or ""), _table(["", "", "meaning"], rows)]
    )
