"""The Jinja environment of the report's templates, with the wording of numbers as filters."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tutelage.report import format as wording

HERE = Path(__file__).parent


def templates(*, autoescape: bool, folder: Path = HERE) -> Environment:
    """Templates of a folder, with the wording of numbers as filters."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cell": _cell,
        "percent": wording.percent,
        "signed": wording.signed,
        "points": wording.points,
        "probability": wording.probability,
        "usd": wording.usd,
        "apart": wording.apart,
        "duration": wording.duration,
        "leaf": wording.leaf_name,
        "tone": _tone,
        "prose": _prose,
        "kind": lambda name: wording.KINDS.get(name, name),
        "purpose": lambda name: wording.PURPOSES.get(name, name),
        "count": lambda number: f"{number:,}",
    }
    return environment


def _cell(text: str) -> str:
    """Text that stays text inside a Markdown table."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(str(text).split()))


def _prose(text: str) -> Markup:
    """Text for a page, with what stands between backticks set as code."""
    parts = text.split("`")
    marks = (Markup("<code>{}</code>") if number % 2 else "{}" for number in range(len(parts)))
    return Markup("").join(Markup(m).format(part) for m, part in zip(marks, parts, strict=True))


def _tone(words: str) -> str:
    """The colour of a verdict."""
    return {"better": "good", "worse": "bad"}.get(words.partition(" ")[0], "open")
