"""Demands that a skill's answers have in common: JSON keys, a few labels, numbers, a length."""

import json
import math
from collections.abc import Sequence
from typing import Any

import regex

from tutelage.core.text import count_words, plain

SHORT = 4
"""Words of an answer that is a label, a name or a number, at most."""
_FEWEST = 3
"""Answers that a demand can be read from, at least."""
_LONGER = 1.5
_NUMBER = regex.compile(r"[-+]?\p{N}+(?:[.,]\p{N}+)*")


def suggested_demands(answers: Sequence[str]) -> list[dict[str, Any]]:
    """Verifiers that all answers meet and others may not; a start for a person to correct."""
    if len(answers) < _FEWEST:
        return []
    objects = [_object(text) for text in answers]
    if all(one is not None for one in objects):
        keys = set.intersection(*(set(one or {}) for one in objects))
        schema = {"type": "object", "required": sorted(keys)}
        return [{"json_schema": schema}]
    labels = sorted({text.strip(" .").casefold() for text in answers})
    if all(count_words(text) <= SHORT for text in answers):
        if 1 < len(labels) <= len(answers) / 2:
            options = "|".join(map(regex.escape, labels))
            return [{"regex": rf"(?i)^\s*(?:{options})\s*\.?\s*$"}]
        if all(_NUMBER.fullmatch(plain(text).strip(" .")) for text in answers):
            return [{"regex": r"^\s*[-+]?\d[\d.,]*\s*$"}]
    longest = max(map(count_words, answers))
    return [{"max_words": math.ceil(_LONGER * longest)}]


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
