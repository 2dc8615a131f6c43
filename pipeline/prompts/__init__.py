"""Prompt templates: text files that render to chat messages, in Jinja's sandbox.

A template calls `{% call user() %}...{% endcall %}` (or `system`, `assistant`) once per turn. Turns
are kept as values, never found in text: a document that imitates a turn's marks stays inside the
turn it stands in.
"""

import functools
from pathlib import Path
from typing import Any, Literal

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipeline.errors import RecipeError
from pipeline.models.chat import Message

_FOLDER = Path(__file__).parent
_ENVIRONMENT = ImmutableSandboxedEnvironment(
    loader=DictLoader({}),  # a template includes nothing
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
)


def template_text(name: str) -> str:
    """The text of a shipped template (`knowledge_question`) or of a file (`./my.jinja`)."""
    file = Path(name) if name.endswith(".jinja") else _FOLDER / f"{name}.jinja"
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise RecipeError(f"prompt template '{name}': {file} cannot be read: {exc}") from exc


def render(name: str, **values: Any) -> tuple[Message, ...]:
    """The messages of a template; raises RecipeError where the template is wrong."""
    turns: list[Message] = []

    def turn(role: Literal["system", "user", "assistant"]) -> Any:
        def add(caller: Any) -> str:
            turns.append({"role": role, "content": str(caller()).strip()})
            return ""

        return add

    roles = {role: turn(role) for role in ("system", "user", "assistant")}  # type: ignore[arg-type]
    try:
        _compiled(template_text(name)).render(**roles, **values)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as exc:
        raise RecipeError(f"prompt template '{name}': {exc}") from exc
    if not turns:
        raise RecipeError(f"prompt template '{name}' makes no turn")
    return tuple(turns)


@functools.lru_cache(maxsize=64)
def _compiled(text: str) -> Any:
    return _ENVIRONMENT.from_string(text)
