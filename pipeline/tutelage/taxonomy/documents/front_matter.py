"""The data at the top of a Markdown file that is no text: a mapping in YAML between two rules."""

import re

import yaml

_BETWEEN_RULES = re.compile(r"\A---[ \t]*\n(?P<inside>(?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_KEY = re.compile(r"[A-Za-z_][\w.-]*")


def front_matter(text: str) -> str:
    """The front matter with its rules; empty where the file begins with text.

    A rule may open a page of text as well, and then nothing is left out: front matter begins right
    under it with a key, and all of it is a mapping.
    """
    found = _BETWEEN_RULES.match(text)
    if found is None or not found["inside"].strip() or found["inside"].startswith("\n"):
        return ""
    try:
        data = yaml.safe_load(found["inside"])
    except (yaml.YAMLError, ValueError, RecursionError):
        return ""
    is_mapping = isinstance(data, dict) and all(
        isinstance(key, str) and _KEY.fullmatch(key) for key in data
    )
    return found.group() if is_mapping else ""
