"""What reading a file gives: its text as Markdown, and what of it is lost or in doubt."""

import re
from dataclasses import dataclass, field

_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-z])")


@dataclass(slots=True)
class ReadText:
    """The text of a file, before it is cut."""

    markdown: str
    pages: int | None = None
    """Pages, slides or chapters, where the format has them."""
    warnings: list[str] = field(default_factory=list)
    """What is lost or may be wrong, with its page: for lint."""
    left_out: list[str] = field(default_factory=list)
    """What was left out on purpose, as a running head."""


def joined_words(text: str) -> str:
    """Text in which words that the ends of lines parted are whole."""
    return _HYPHENATED.sub("", text)
