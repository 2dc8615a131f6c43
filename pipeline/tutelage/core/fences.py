"""Code fences around a text: whether one holds all of it, and what stands inside."""

import re

_FENCED = re.compile(
    r"\s*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)\n(?P<text>.*?)\n?[ \t]*(?P=fence)[`~]*\s*\Z",
    re.DOTALL,
)
_INSIDE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)\n(?P<text>.*?)\n?^[ \t]*(?P=fence)",
    re.DOTALL | re.MULTILINE,
)
_LINE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
PROSE = frozenset(("", "text", "txt", "plain", "plaintext", "markdown", "md", "json", "jsonc"))
"""Languages of fences that say nothing of what is inside but that it is a text, or JSON."""


def is_fenced(text: str) -> bool:
    """Whether a text holds a code fence."""
    return bool(_LINE.search(text))


def only_fenced(text: str) -> str:
    """What stands in the only code fence of a text, words around it aside; else as `unfenced`."""
    if len(_LINE.findall(text)) != 2:
        return unfenced(text)
    found = _INSIDE.search(text)
    if found is None or found["info"].strip().lower() not in PROSE:
        return unfenced(text)
    return found["text"].strip()


def unfenced(text: str, languages: frozenset[str] = PROSE) -> str:
    """A stripped text, without the one code fence that it stands in as a whole.

    Fences of other `languages` stay: there they belong to the answer.
    """
    found = _FENCED.match(text)
    if found is None or found["info"].strip().lower() not in languages:
        return text.strip()
    inside = found["text"]
    # A fence inside would mean that the first one ended before.
    return text.strip() if re.search(rf"^[ \t]*{found['fence']}", inside, re.M) else inside.strip()
