"""Code fences around a text: whether one holds all of it, and what stands inside."""

import re

_FENCED = re.compile(
    r"\s*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)\n(?P<text>.*?)\n?[ \t]*(?P=fence)[`~]*\s*\Z",
    re.DOTALL,
)
PROSE = frozenset(("", "text", "txt", "plain", "plaintext", "markdown", "md", "json", "jsonc"))
"""Languages of fences that say nothing of what is inside but that it is a text, or JSON."""


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
