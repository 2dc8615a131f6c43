"""Files with one entry a line: prompts, personas, goals."""

from pathlib import Path

from tutelage.core.errors import RecipeError


def read_list(file: Path, field: str, what: str) -> list[str]:
    """The entries of a file, each once, in their order; empty lines are none.

    `field` names where the recipe asks for the file. Raises RecipeError where it cannot be read, or
    holds no entry (`what` says of what kind).
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise RecipeError(f"{field}: {file}: cannot be read: {exc}") from exc
    if found := list(dict.fromkeys(line.strip() for line in lines if line.strip())):
        return found
    raise RecipeError(f"{field}: {file}: holds no {what}; write one a line")
