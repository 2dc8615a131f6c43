"""A card: YAML facts that the hub reads, then Markdown that people read."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_HERE = Path(__file__).parent
_FENCE = re.compile(r"\A---\n(.*?)^---$", re.DOTALL | re.MULTILINE)
_HUB_LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True, slots=True)
class Maker:
    """A model that had a part in something; a licence that is None is unknown."""

    role: str
    reference: str
    licence: str | None = None


def render(template: str, front: dict[str, Any], facts: object) -> str:
    """A card from a template of this folder; what is None is left out of the YAML facts."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "code": _code}
    body = environment.get_template(template).render(facts=facts)
    known = {name: value for name, value in front.items() if value}
    head = yaml.safe_dump(known, sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n{body.strip()}\n"


def run_card(folder: Path) -> Path:
    """Where a run keeps the card of an artifact: beside its folder, which other runs may share."""
    return folder.parent / f"{folder.name}.card.md"


def front_matter(text: str) -> dict[str, Any]:
    """The YAML facts at the head of a card; none where they are absent or cannot be read."""
    fenced = _FENCE.match(text)
    try:
        found = yaml.safe_load(fenced.group(1)) if fenced else None
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def hub_licence(licence: str | None) -> str | None:
    """A licence as the hub's facts may name it; None for one that is unknown or free text."""
    return licence if licence and _HUB_LICENCE.fullmatch(licence) else None


def _code(text: object) -> str:
    """Text as Markdown code on one line."""
    return f"`{' '.join(str(text).split()).replace('`', chr(39))}`"


def _cell(text: object) -> str:
    """Text that stays text in Markdown, inside a table too."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(str(text).split()))
