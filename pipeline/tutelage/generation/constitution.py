"""A constitution: the principles by which answers are criticised and revised.

Constitutional AI (Bai et al. 2022, arXiv:2212.08073): each revision is by one principle, drawn.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tutelage.core.by_content import shipped
from tutelage.core.config import NamedFile, load_yaml
from tutelage.core.errors import RecipeError

SHIPPED = "constitution"
_FOLDER = Path(__file__).parent
ConstitutionFile = Annotated[NamedFile, shipped(_FOLDER, ".yaml")]
"""A field that names a constitution: the shipped `constitution`, or a YAML file."""


@dataclass(frozen=True, slots=True)
class Principle:
    """What an answer is held against, and how its revision is asked for."""

    critique: str
    revise: str


def read_constitution(name: str) -> list[Principle]:
    """The principles of a file; raises RecipeError where there are none, or one is no text.

    A YAML list, or a mapping with `principles`: texts, or `{critique: ..., revise: ...}`.
    """
    file = Path(name) if Path(name).suffix else _FOLDER / f"{name}.yaml"
    if not Path(name).suffix and name != SHIPPED:
        raise RecipeError(
            f"no constitution '{name}' is shipped; write `{SHIPPED}`, or the path of a YAML file"
        )
    data = load_yaml(file, RecipeError)
    entries = data.get("principles") if isinstance(data, dict) else data
    if not isinstance(entries, list) or not entries:
        raise RecipeError(
            f"constitution {file}: holds no principle; write a list of them under `principles:`"
        )
    return [
        _principle(entry, f"constitution {file}: principles.{n}") for n, entry in enumerate(entries)
    ]


def _principle(entry: Any, where: str) -> Principle:
    if isinstance(entry, str) and entry.strip():
        return Principle(entry.strip(), entry.strip())
    if isinstance(entry, dict) and set(entry) == {"critique", "revise"}:
        texts = [str(entry[name] or "").strip() for name in ("critique", "revise")]
        if all(texts):
            return Principle(*texts)
    raise RecipeError(f"{where}: write a text, or `critique` and `revise` with a text each")
