"""The table of ways to write instructions, and their form in a recipe."""

import inspect
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from tutelage.core.by_content import ByContent
from tutelage.core.errors import RecipeError
from tutelage.core.part_spec import PartSpec
from tutelage.core.plugins import build_part, find_part, split_spec

_METHODS = "tutelage.generation.methods."
GENERATORS = {
    "digest": f"{_METHODS}digest:Digest",
    "evol": f"{_METHODS}evol:Evol",
    "magpie": f"{_METHODS}magpie:Magpie",
    "passages": f"{_METHODS}passage_questions:PassageQuestions",
    "personas": f"{_METHODS}personas:Personas",
    "pooled": f"{_METHODS}pooled:Pooled",
    "statements": f"{_METHODS}statement_questions:StatementQuestions",
    "tasks": f"{_METHODS}tasks:Tasks",
    "textbook": f"{_METHODS}textbook:Textbook",
    "topics": f"{_METHODS}topics:Topics",
}
"""The built-in ways to write a leaf's instructions, by the names that recipes give them."""


def build_method(spec: Any, where: str) -> Any:
    """The generator of a recipe's form; raises RecipeError for a name or setting that is none."""
    use, settings = split_spec(spec, where, RecipeError)
    part = find_part(use, GENERATORS, where)
    if inspect.isclass(part) and issubclass(part, BaseModel):
        whole = {"use": use} | settings if isinstance(settings, dict) else spec
        return build_part(whole, GENERATORS, where)
    if settings not in (None, {}):
        raise RecipeError(f"{where}: '{use}' takes no settings; those of the stage serve it")
    return part


_SPEC = PartSpec(lambda spec: build_method(spec, "method"))
MethodSpec = Annotated[str | dict[str, Any], AfterValidator(_SPEC.placed), ByContent(_SPEC.content)]
"""A way to write instructions as a recipe says it: `name` or `{name: settings}`."""
