"""Turning YAML text into strict objects; errors name the file, line, path and nearest name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo

from tutelage.core.errors import InputError, RecipeError
from tutelage.core.nearest import nearest
from tutelage.core.yaml_io import read_yaml


class Strict(BaseModel):
    """A frozen object that accepts no unknown key and converts no type silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Part(Strict):
    """What a recipe names and people make in Python too: stages, filters, verifiers.

    A wrong field gives one line, as in a recipe: RecipeError.
    """

    if not TYPE_CHECKING:  # which reads the fields of each subclass instead

        def __init__(self, /, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as exc:
                kind = type(self)
                raise RecipeError(_in_words(kind, exc, kind.__name__, "", NO_OPTIONS)) from None

        __init__.__pydantic_base_init__ = True  # as BaseModel's: reading a recipe does not call it


def beside(name: str, info: ValidationInfo) -> str:
    """A path as seen from the folder of the file that is being read."""
    folder = (info.context or {}).get("folder")
    return name if folder is None else str(folder / Path(name).expanduser())


def _named(name: str, info: ValidationInfo) -> str:
    return beside(name, info) if Path(name).suffix else name


NamedFile = Annotated[str, AfterValidator(_named)]
"""The name of something shipped, or a path beside the file it is written in: what has a suffix is
one. See `by_content.shipped`."""

T = TypeVar("T", bound=BaseModel)
NO_OPTIONS: Mapping[str, str] = {}


def load_yaml(file: Path, error: type[InputError] = InputError) -> Any:
    """The value in a YAML file; raises `error` with the line when it is not YAML."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise error(f"{file}: cannot be read: {exc}") from exc
    return parse_yaml(text, str(file), error)


def parse_yaml(text: str, where: str, error: type[InputError] = InputError) -> Any:
    """The value of YAML text; `where` names its origin in an error."""
    read = read_yaml(text)
    for fault in read.faults:
        line = f":{fault.line}" if fault.line else ""
        raise error(f"{where}{line}: not valid YAML: {fault.text}")
    return read.value


def read_setting(text: str, error: type[InputError]) -> tuple[list[str], Any]:
    """The parts of the path and the value of a `--set a.b=value`, the value read as YAML."""
    dotted, equals, value = text.partition("=")
    if not equals or not dotted:
        raise error(f"--set {text}: write it as a.b=value")
    return dotted.split("."), parse_yaml(value, f"--set {text}", error)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where data does not fit a model, and why."""

    location: tuple[int | str, ...]
    code: str
    """`unknown-key`, `missing-key`, or `wrong-value`."""
    text: str


def parse(
    kind: type[T],
    data: Any,
    file: Path | str,
    path: str = "",
    error: type[InputError] = InputError,
    options: Mapping[str, str] = NO_OPTIONS,
) -> T:
    """`data` as a `kind`; all that is wrong is raised, in a line each that says where.

    `options` as for `at`.
    """
    context = {"folder": file.parent} if isinstance(file, Path) else None
    try:
        return kind.model_validate(data, context=context)
    except ValidationError as exc:
        raise error(_in_words(kind, exc, file, path, options)) from exc


def _in_words(
    kind: type[BaseModel],
    exc: ValidationError,
    file: Path | str,
    path: str,
    options: Mapping[str, str],
) -> str:
    """A line for each thing that is wrong, with its place."""
    found = []
    for misfit in misfits(kind, exc):
        dotted = ".".join([path, *map(str, misfit.location)] if path else map(str, misfit.location))
        found.append(f"{at(file, dotted or '(top level)', options)}: {misfit.text}")
    return "\n".join(dict.fromkeys(found))


def misfits(kind: type[BaseModel], exc: ValidationError) -> list[Misfit]:
    """Everything that a validation found, in words."""
    return [_misfit(kind, problem) for problem in exc.errors(include_url=False)]


def at(file: Path | str, dotted: str, options: Mapping[str, str] = NO_OPTIONS) -> str:
    """`file:line: dotted` with the line of that path in the file, when it can be found.

    `options` are those of the command line that gave values in place of the file's, by path: what
    stands in one of them is said to be there.
    """
    for path, option in options.items():
        if _is_within(dotted, path):
            return option if dotted == path else f"{option}: {dotted}"
    number = line_of(Path(file), dotted)
    where = f"{file}:{number}: {dotted}" if number else f"{file}: {dotted}"
    inside = [option for path, option in options.items() if _is_within(path, dotted)]
    return f"{where} (with {', '.join(inside)})" if inside else where


def _is_within(dotted: str, path: str) -> bool:
    """Whether a path leads to what is in another; it may name the class that is read there too."""
    parts, rest = path.split("."), iter(dotted.split("."))
    return dotted.split(".")[0] == parts[0] and all(part in rest for part in parts)


def line_of(file: Path, dotted: str) -> int | None:
    """The 1-based line where a dotted path (`stages.sft.epochs`, `seeds.2`) stands in a file."""
    try:
        return _read(file.read_text(encoding="utf-8-sig")).line(dotted)
    except (OSError, ValueError):
        return None


_read = lru_cache(maxsize=4)(read_yaml)
"""A recipe's text is asked for the line of each of its stages and inputs."""


def _given(kind: type[BaseModel], location: tuple[Any, ...], value: Any) -> str:
    """A wrong value in words; nothing of a field that is declared with `repr=False`: a secret may
    stand there."""
    if location and location[-1] in _hidden(_owner(kind, location[:-1])):
        return ""
    hidden = _hidden(_owner(kind, location))
    if hidden and isinstance(value, Mapping):
        value = {name: one for name, one in value.items() if name not in hidden}
    text = repr(value)
    return f" (given: {text if len(text) <= 60 else text[:57] + '...'})"


def _hidden(owner: type[BaseModel] | None) -> set[str]:
    fields = owner.model_fields if owner else {}
    return {name for name, field in fields.items() if not field.repr}


def _misfit(kind: type[BaseModel], problem: Mapping[str, Any]) -> Misfit:
    tagged = (part for part in problem["loc"] if not str(part).startswith("("))  # a union's tags
    location = tuple(tagged)
    if problem["type"] == "extra_forbidden":
        owner = _owner(kind, location[:-1])
        hint = nearest(str(location[-1]), owner.model_fields) if owner else ""
        return Misfit(location, "unknown-key", f"unknown key '{location[-1]}'{hint}")
    if problem["type"] == "missing":
        return Misfit(location, "missing-key", "required, but not given")
    message = str(problem["msg"]).removeprefix("Value error, ")  # pydantic's own label
    given = _given(kind, location, problem.get("input"))
    return Misfit(location, "wrong-value", message + given)


def _owner(kind: type[BaseModel], location: Iterable[int | str]) -> type[BaseModel] | None:
    """The model class that the location leads to, through nested fields, lists and mappings."""
    owner: type[BaseModel] | None = kind
    for part in location:
        if owner is not None and part in owner.model_fields:
            owner = _model_in(owner.model_fields[str(part)].annotation)
    return owner


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None
