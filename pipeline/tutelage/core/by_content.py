"""Fields that name files: read relative to the recipe, and counted in keys by what they hold.

A stage's key takes the content of each file that its fields name, wherever it stands. So a file
that changed makes its stage run again, and one that only moved does not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ValidationInfo

from tutelage.core.config import beside
from tutelage.core.digests import digest_file, digest_files
from tutelage.core.errors import RecipeError


@dataclass(frozen=True, slots=True)
class ByContent:
    """Marks a type of field: `content` gives what counts of a value in place of the value."""

    content: Callable[[Any], Any]


def _beside(name: Any, info: ValidationInfo) -> Any:
    return Path(beside(str(name), info)) if isinstance(name, str | Path) else name


def content_of(path: Path) -> str:
    """The digest of a file, or of all files in a folder; raises RecipeError where there is none."""
    try:
        if path.is_dir():
            return digest_files([file for file in path.rglob("*") if file.is_file()], path)
        return _digest_once(path, *_state_of(path))
    except OSError as exc:
        raise RecipeError(f"{path}: cannot be read: {exc.strerror or exc}") from exc


def _state_of(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=1024)
def _digest_once(path: Path, *state: int) -> str:
    """A file's digest; one in this state is read once by this process."""
    return digest_file(path)


FilePath = Annotated[Path, BeforeValidator(_beside)]
"""A path that is relative to the file it is written in (given from Python, to where one stands)."""
InputFile = Annotated[FilePath, ByContent(content_of)]
"""A file, or a folder, that a stage reads: placed as a `FilePath`. Keys take its content."""


def shipped(folder: Path, suffix: str) -> ByContent:
    """The mark of a field that names a shipped file of a folder, or a user's own by its path."""
    return ByContent(
        lambda name: content_of(Path(name) if Path(name).suffix else folder / f"{name}{suffix}")
    )


def counted(model: BaseModel) -> dict[str, Any]:
    """A model's fields as keys count them: JSON values, and contents in place of files' names."""
    dumped, hints = model.model_dump(mode="json"), _hints(type(model))
    return {
        name: _counted(hints[name], getattr(model, name), dumped[name])
        for name in type(model).model_fields
    }


def names_files(kind: type[BaseModel]) -> bool:
    """Whether any field of a model counts by content."""
    return any(next(_marks(hint), None) for hint in _hints(kind).values())


@lru_cache(maxsize=256)
def _hints(kind: type[BaseModel]) -> dict[str, Any]:
    fields = kind.model_fields.items()
    return {
        name: Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        for name, field in fields
    }


def _counted(hint: Any, value: Any, dumped: Any) -> Any:
    """`dumped`, with the content of whatever `value` names in it."""
    if value is None:
        return None
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, ByContent):
            return mark.content(value)
    if get_origin(hint) in (Union, UnionType):
        for part in get_args(hint):
            for mark in getattr(part, "__metadata__", ()):
                if isinstance(mark, ByContent):
                    return mark.content(value)
    if isinstance(value, BaseModel):
        return counted(value)
    if isinstance(value, dict):
        inner = _arguments(hint, dict, (Any, Any))[1]
        return {
            name: _counted(inner, one, shown)
            for (name, shown), one in zip(dumped.items(), value.values(), strict=True)
        }
    if isinstance(value, list | tuple):
        inner = _arguments(hint, list, (Any,))[0]
        return [_counted(inner, one, shown) for one, shown in zip(value, dumped, strict=True)]
    mark = next(_marks(hint), None) if isinstance(value, str | Path) else None
    if mark is not None:
        return mark.content(value)
    return content_of(value) if isinstance(value, Path) else dumped


def _marks(hint: Any) -> Iterator[ByContent]:
    """The marks in a type, also within `X | None` and `list[X]`."""
    yield from (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, ByContent))
    for argument in get_args(hint):
        yield from _marks(argument)


def _arguments(hint: Any, kind: type, otherwise: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a `list[X]` or `dict[K, X]` holds, wherever it stands in a union."""
    if get_origin(hint) is kind:
        return get_args(hint)
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType, Annotated) else ()
    found = (_arguments(part, kind, ()) for part in parts)
    return next(filter(None, found), otherwise)
