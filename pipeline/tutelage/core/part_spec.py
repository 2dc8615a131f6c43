"""A recipe's form of a part (`name`, `{name: settings}`, `{use: module:Name, ...}`) as a field.

Files that the part's settings name are read relative to the recipe, and count by what they hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationInfo

from tutelage.core.by_content import counted, names_files
from tutelage.core.errors import InputError


@dataclass(frozen=True, slots=True)
class PartSpec:
    """How fields that hold a part's form read it; `build` makes the part or raises InputError."""

    build: Callable[[Any], Any]

    def placed(self, spec: Any, info: ValidationInfo) -> Any:
        """The same part, with the files it names as seen from the file that is being read."""
        try:
            built = self.build(spec)
        except InputError:
            return spec  # the stage's `check` says what is wrong
        if not isinstance(built, BaseModel) or not names_files(type(built)):
            return spec
        given = built.model_dump(include=built.model_fields_set)
        placed = type(built).model_validate(given, context=info.context)
        settings = placed.model_dump(mode="json", include=built.model_fields_set)
        return {"use": name_of(spec)} | settings

    def content(self, spec: Any) -> Any:
        """What keys take: the form in the recipe, or the contents of files that it names."""
        built = self.build(spec)
        if not isinstance(built, BaseModel) or not names_files(type(built)):
            return spec
        return {"use": name_of(spec)} | counted(built)


def name_of(spec: Any) -> str:
    """What a recipe calls a part: its short name, or the import path of a user's own."""
    return str(spec if isinstance(spec, str) else spec.get("use") or next(iter(spec), ""))
