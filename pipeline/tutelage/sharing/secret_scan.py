"""Finding text that looks like a secret: a key from a model's answer, a document, a setting."""

import os
import re
from collections.abc import Mapping

_SHAPES = {
    "a Hugging Face token": r"hf_[A-Za-z0-9]{30,}",
    "an API key": r"sk-[A-Za-z0-9_-]{20,}",
    "a GitHub token": r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,}",
    "a GitLab token": r"glpat-[A-Za-z0-9_-]{20,}",
    "an AWS key": r"(?:AKIA|ASIA)[0-9A-Z]{16}",
    "a Google key": r"AIza[0-9A-Za-z_-]{35}",
    "a Slack token": r"xox[abposr]-[A-Za-z0-9-]{10,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a signed token": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
}
_PATTERN = re.compile("|".join(rf"(?<![A-Za-z0-9])({shape})" for shape in _SHAPES.values()))
_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$")
_SHORTEST = 8
"""A value of fewer characters is a word like any other."""


def secrets_in(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment variables whose names say that they are secret."""
    return {
        name: value
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST
    }


def find_secret(text: str, secrets: Mapping[str, str]) -> str | None:
    """Which kind of secret a text seems to hold, without repeating it; None where it holds none.

    Known shapes of keys, and the values of `secrets`, by the variables that hold them.
    """
    for name, value in secrets.items():
        if value in text:
            return f"the value of ${name}"
    found = _PATTERN.search(text)
    if found is None or found.lastindex is None:
        return None
    return f"what looks like {list(_SHAPES)[found.lastindex - 1]} ({found.group()[:4]}…)"
