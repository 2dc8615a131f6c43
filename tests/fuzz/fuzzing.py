"""Fuzzing by hypothesis: mutations of what is right find more than random letters do."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

T = TypeVar("T", str, bytes)

_SIGNS = (
    "\t\n\r \0'\"[]{}()<>&*|?!%@`#:-,.\\/=~^$+_\ufeff\x85\u2028\u200b\u0301é漢🙂\U0010ffff\ud800"
)
_MARKS = r"""- §: §? §&a §*a§<<: *a §!!binary §!!set §!!python/name:os §~§null§yes§0x1f§1e999§.inf
§12:30§2001-99-99§---
§...
§|
§>-
§```§| a |
§<!--§]]>§&#x110000;§&nbsp;§\u0000§\ud800§(a+)+$§{"a": NaN}§1. §**§[x](y)§![x](§<div§</p>"""
_MANY = ("[", "{a: ", "- ", "> ", "#", "<div>", "1", "(", "漢", "\n")
_ODD = [*_SIGNS, *_MARKS.split("§"), *(mark * 60 for mark in _MANY)]

# By number: drawn by hypothesis as letters, all of Unicode would have to be read in first.
LETTERS = st.lists(st.integers(0, 0x10FFFF).map(chr), max_size=40).map("".join)
_EDIT = st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(_ODD) | LETTERS)


def mutated(*texts: str) -> st.SearchStrategy[str]:
    """One of the texts after a few edits: somewhere some letters give way to odd ones."""
    edits = st.lists(_EDIT, max_size=5)
    return st.tuples(st.sampled_from(texts), edits).map(lambda drawn: _edited(*drawn))


def mutated_bytes(*texts: bytes) -> st.SearchStrategy[bytes]:
    """The same for bytes."""
    edit = st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=12))
    edits = st.lists(edit, max_size=5)
    return st.tuples(st.sampled_from(texts), edits).map(lambda drawn: _edited(*drawn))


def _edited(text: T, edits: list[tuple[float, int, T]]) -> T:
    for where, cut, new in edits:
        at = int(where * len(text))
        text = text[:at] + new + text[at + cut :]
    return text


def fuzz(strategy: st.SearchStrategy[Any], check: Callable[[Any], object]) -> None:
    """Call `check` with drawn values, the same ones every time.

    33 of them in the suite; `pytest tests/fuzz --hypothesis-profile=long` takes 2,000.
    """
    how = settings(
        max_examples=settings().max_examples // 3,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    def draw(value: Any) -> None:
        check(value)

    how(given(value=strategy)(draw))()
