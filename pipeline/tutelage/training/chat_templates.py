"""Chat templates that a training stage may name: shipped ones, or a file of the user's own."""

from pathlib import Path
from typing import Annotated

from tutelage.core.by_content import shipped
from tutelage.core.config import NamedFile
from tutelage.core.errors import RecipeError

SHIPPED = ("chatml", "chatml_thinking")
"""The second takes `enable_thinking`: switched off, an answer begins with an empty thought."""
ChatTemplate = Annotated[NamedFile, shipped(Path(__file__).parent, ".jinja")]
"""A field that names a chat template: `chatml`, `chatml_thinking`, or a file beside the recipe."""


def template_text(name: str | None) -> str | None:
    """The text of a chat template; None where none is named. Raises RecipeError."""
    if name is None:
        return None
    file = Path(__file__).parent / f"{name}.jinja" if name in SHIPPED else Path(name)
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise RecipeError(f"chat_template '{name}' cannot be read: {exc}") from exc


def is_chatml(text: str) -> bool:
    """Whether a template is one of those shipped."""
    return text in map(template_text, SHIPPED)
