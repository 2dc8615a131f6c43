"""Turning YAML text into strict objects; errors name the file, line, path and nearest name."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import InputError


class Strict(BaseModel):
    """A frozen object that accepts no unknown key and converts no type silently."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True
    )


T = TypeVar("T", bound=BaseModel)


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """Safe YAML that refuses duplicate keys and reads `1e-4` as a number, as YAML 1.2 does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, list | dict):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be plain text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?\d[\d_]*(?:\.[\d_]*)?[eE][-+]?\d+$"),
    list("-+0123456789"),
)


def load_yaml(file: Path, error: type[InputError] = InputError) -> Any:
    """The value in a YAML file; raises `error` with the line when it is not YAML."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise error(f"{file}: cannot be read: {exc}") from exc
    return parse_yaml(text, str(file), error)


def parse_yaml(text: str, where: str, error: type[InputError] = InputError) -> Any:
    """The value of YAML text; `where` names its origin in an error."""
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or str(exc).splitlines()[0]
        raise error(f"{where}{line}: not valid YAML: {problem}") from exc


def parse(
    kind: type[T],
    data: Any,
    file: Path | str,
    path: str = "",
    error: type[InputError] = InputError,
) -> T:
    """`data` as a `kind`; the first thing wrong is raised as one line that says where."""
    try:
        return kind.model_validate(data)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        raise error(_describe(kind, first, file, path)) from exc


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` or the list of known names: the tail of an unknown-name error."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(names)}" if names else ""


def at(file: Path | str, dotted: str) -> str:
    """`file:line: dotted` with the line of that path in the file, when it can be found."""
    number = line_of(Path(file), dotted)
    return f"{file}:{number}: {dotted}" if number else f"{file}: {dotted}"


def line_of(file: Path, dotted: str) -> int | None:
    """The 1-based line where a dotted path (`stages.sft.epochs`, `seeds.2`) stands in a file."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    line = node.start_mark.line + 1 if node else None
    for part in dotted.split(".") if dotted else []:
        found = _child(node, part)
        if found is None:
            return line
        key, node = found
        line = key.start_mark.line + 1
    return line


def _child(node: Any, part: str) -> tuple[Any, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key, value
    if isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    return None


def _describe(
    kind: type[BaseModel], problem: Mapping[str, Any], file: Path | str, path: str
) -> str:
    location = [str(part) for part in problem["loc"]]
    dotted = ".".join([path, *location] if path else location) or "(top level)"
    if problem["type"] == "extra_forbidden":
        owner = _owner(kind, location[:-1])
        hint = nearest(location[-1], owner.model_fields) if owner else ""
        return f"{at(file, dotted)}: unknown key '{location[-1]}'{hint}"
    if problem["type"] == "missing":
        return f"{at(file, dotted)}: required, but not given"
    given = repr(problem.get("input"))
    given = given if len(given) <= 60 else given[:57] + "..."
    message = str(problem["msg"]).removeprefix("Value error, ")  # pydantic's own label
    return f"{at(file, dotted)}: {message} (given: {given})"


def _owner(kind: type[BaseModel], location: list[str]) -> type[BaseModel] | None:
    """The model class that the location leads to, through nested fields, lists and mappings."""
    owner: type[BaseModel] | None = kind
    for part in location:
        if owner is not None and part in owner.model_fields:
            owner = _model_in(owner.model_fields[part].annotation)
    return owner


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None
