"""Prompt templates: text files that render to chat messages, in Jinja's sandbox.

A template calls `{% call user() %}...{% endcall %}` (or `system`, `assistant`) once per turn. Turns
are kept as values, never found in text: a document that imitates a turn's marks stays inside the
turn it stands in. Within a turn, text of others goes through one of two filters, so that it cannot
pose as part of the prompt: `line` puts it on one line after its label, `data` between marks that it
cannot contain.
"""

import functools
from collections.abc import Mapping
from typing import Any, Literal

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tutelage.core.errors import RecipeError
from tutelage.core.nearest import nearest
from tutelage.models.chat import Message
from tutelage.models.prompt_marks import data

_ROLES: tuple[Literal["system", "user", "assistant"], ...] = ("system", "user", "assistant")


def line(text: object) -> str:
    """`text` on one line: no line of it can begin with a label of the prompt's own."""
    return " ".join(str(text).split())


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=DictLoader({}),  # a template includes nothing
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
)
_ENVIRONMENT.filters |= {"data": data, "line": line}


def render_text(text: str, where: str, values: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages of a template's text; raises RecipeError that begins with `where`.

    A variable that is not given is an error also in a branch that is not taken now: one try tells
    whether a template can be used.
    """
    turns: list[Message] = []

    def turn(role: Literal["system", "user", "assistant"]) -> Any:
        def add(caller: Any) -> str:
            turns.append({"role": role, "content": str(caller()).strip()})
            return ""

        return add

    try:
        _refuse_unknown(text, where, values)
        _compiled(text).render({role: turn(role) for role in _ROLES}, **values)
    except TemplateSyntaxError as exc:
        raise RecipeError(f"{where}: line {exc.lineno}: {exc.message}") from exc
    except (TemplateError, TypeError, ValueError, ArithmeticError) as exc:
        raise RecipeError(f"{where}: {exc}") from exc
    if not turns:
        raise RecipeError(f"{where} makes no turn")
    return tuple(turns)


def _refuse_unknown(text: str, where: str, values: Mapping[str, Any]) -> None:
    if unknown := sorted(_variables(text) - set(values) - set(_ROLES)):
        hint = nearest(unknown[0], values)
        raise RecipeError(f"{where}: '{unknown[0]}' is undefined{hint}")


@functools.lru_cache(maxsize=64)
def _variables(text: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(_ENVIRONMENT.parse(text)))


@functools.lru_cache(maxsize=64)
def _compiled(text: str) -> Any:
    return _ENVIRONMENT.from_string(text)
