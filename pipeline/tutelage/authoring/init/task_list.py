"""A list of tasks, one a line, as skill leaves: their names, and demands that their words make."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex

from tutelage.authoring.init.leaf_outline import slug
from tutelage.core.errors import InputError
from tutelage.core.language.number_words import number_words

_NUMBERS = number_words("en")
_COUNT = rf"(?P<n>\d{{1,4}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_AT_MOST = rf"(?:at most|no more than|up to|under|within|max(?:imum)?(?: of)?) {_COUNT}"
_AT_LEAST = rf"(?:at least|no fewer than|no less than|over|min(?:imum)?(?: of)?) {_COUNT}"
_EXACTLY = rf"(?:in|of|with|into|as|exactly|using|give|write|list)(?: exactly| just)? {_COUNT}"
_BULLETS = (
    rf"\b(?:list|give|write|name)(?: the)? {_COUNT} (?:[\w-]+ ){{1,6}}(?:as|in) bullet(?:ed|s)?\b"
)
_KEY = r"[`'\"]?(\w+)[`'\"]?"
_KEYS = rf"\b(?:keys|fields|properties):? {_KEY}(?:(?:,? and |, ){_KEY})+"
_UNITS = {
    "words": r"words?",
    "sentences": r"sentences?",
    "paragraphs": r"paragraphs?",
    "bullets": r"bullet(?: point)?s?",
}


@dataclass(frozen=True, slots=True)
class TaskOutline:
    """A skill leaf to be."""

    path: str
    text: str
    verify: list[dict[str, Any]] = field(default_factory=list)
    """Demands that the task's own words make."""


def read_tasks(file: Path) -> list[TaskOutline]:
    """The tasks of a file, one a line; blank lines and those that begin with `#` are passed over.

    Raises InputError where it cannot be read or holds none.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"--tasks {file}: cannot be read: {exc}") from exc
    texts = dict.fromkeys(line.strip() for line in lines)
    texts = dict.fromkeys(regex.sub(r"^(?:[-*•]|\d{1,3}[.)])\s+", "", text) for text in texts)
    wanted = [text for text in texts if text and not text.startswith("#")]
    if not wanted:
        raise InputError(f"--tasks {file}: holds no task; write one a line")
    return list(_outlined(wanted))


def demands_of(task: str) -> list[dict[str, Any]]:
    """The verifiers that a task's words ask for, as `verify` takes them (English).

    `at most 40 words` is `max_words: 40`, `in two sentences` is `sentences: {exactly: 2}`; a task
    that speaks of JSON wants an object, with the keys that it lists.
    """
    found: list[dict[str, Any]] = []
    for unit, word in _UNITS.items():
        most, least = _number(_AT_MOST, word, task), _number(_AT_LEAST, word, task)
        exactly = None if most or least else _number(_EXACTLY, word, task)
        found += _demand(unit, least or exactly, most or exactly)
    if "bullets" not in {name for demand in found for name in demand}:
        listed = _count_in(_BULLETS, task)
        found += _demand("bullets", listed, listed)
    if regex.search(r"\bJSON\b", task):
        keys = regex.search(_KEYS, task)
        required = {"required": [*keys.captures(1), *keys.captures(2)]} if keys else {}
        found.append({"json_schema": {"type": "object"} | required})
    return found


def _outlined(texts: list[str]) -> Iterator[TaskOutline]:
    taken: set[str] = set()
    for text in texts:
        name, number = slug(text), 1
        while name in taken:
            number += 1
            name = f"{slug(text)}_{number}"
        taken.add(name)
        yield TaskOutline(f"compositional_skills/{name}", text, demands_of(text))


def _number(before: str, unit: str, task: str) -> int | None:
    other = regex.sub(r"\?P<n>", "?:", rf"(?: (?:and|but|or) (?:{_AT_MOST}|{_AT_LEAST}))?")
    return _count_in(rf"\b{before}{other} (?:\w+ )?{unit}\b", task)


def _count_in(pattern: str, task: str) -> int | None:
    """The number that a pattern finds in a task, as digits or in words."""
    found = regex.search(pattern, task, regex.IGNORECASE)
    if not found:
        return None
    text = found["n"].lower()
    return int(_NUMBERS.get(text, text)) or None


def _demand(unit: str, least: int | None, most: int | None) -> list[dict[str, Any]]:
    """The verifiers of a count of some unit."""
    if unit == "words":
        named = {"min_words": least, "max_words": most}
        return [{name: number} for name, number in named.items() if number]
    if least and least == most:
        return [{unit: {"exactly": least}}]
    named = {"at_least": least, "at_most": most}
    bounds = {name: number for name, number in named.items() if number}
    return [{unit: bounds}] if bounds else []
