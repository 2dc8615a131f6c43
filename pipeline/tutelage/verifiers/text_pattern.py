"""Demands on an answer as a whole: that it is a given text, or matches a pattern."""

from collections.abc import Mapping
from typing import Any

import regex
from pydantic import field_validator

from tutelage.verifiers.phrases import Text
from tutelage.verifiers.verifier import Verifier

SECONDS = 2.0
"""How long one match may take: `(a+)+b` would take exponential time on the wrong text."""


class Regex(Verifier):
    """The stripped answer matches a pattern in full."""

    pattern: str
    """A regular expression as Python's `re` reads it; `(?i)` at its start ignores case."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            regex.compile(value)
        except regex.error as exc:
            raise ValueError(f"not a regular expression: {exc}") from exc
        return value

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """A match that takes too long counts as none."""
        try:
            found = regex.fullmatch(self.pattern, answer.strip(), timeout=SECONDS)
        except TimeoutError:
            return f"matching the pattern took over {SECONDS:g} seconds"
        return None if found else f"does not match {self.pattern}"


class Exact(Verifier):
    """The stripped answer is a given text, letter for letter."""

    text: Text
    """The text."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the text wanted."""
        return None if answer.strip() == self.text.strip() else f"is not exactly '{self.text}'"
