"""The shipped prompt templates, and those in a user's own files."""

from pathlib import Path
from typing import Annotated, Any

from tutelage.core.by_content import shipped
from tutelage.core.config import NamedFile
from tutelage.core.errors import RecipeError
from tutelage.core.nearest import nearest
from tutelage.models.chat import Message
from tutelage.models.prompt_rendering import render_text

_FOLDER = Path(__file__).parent / "prompts"
TemplateFile = Annotated[NamedFile, shipped(_FOLDER, ".jinja")]
"""A field that names a prompt template: a shipped one, or a file beside the recipe."""


def template_text(name: str) -> str:
    """The text of a shipped template (`knowledge_question`) or of a file (`./my.jinja`)."""
    file = Path(name) if name.endswith(".jinja") else _FOLDER / f"{name}.jinja"
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        known = nearest(name, [shipped.stem for shipped in _FOLDER.glob("*.jinja")])
        hint = "" if name.endswith(".jinja") else known
        raise RecipeError(f"prompt template '{name}': {file} cannot be read: {exc}{hint}") from exc


def render(name: str, **values: Any) -> tuple[Message, ...]:
    """The messages of a template; raises RecipeError where the template is wrong."""
    return render_text(template_text(name), f"prompt template '{name}'", values)
