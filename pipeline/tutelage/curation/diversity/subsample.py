"""Which rows a figure is taken from, and what of them is compared."""

import heapq
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.curation.diversity.sampled_rows import Measurable
from tutelage.curation.duplicates.task_opening import opening, without


def subsample(rows: Measurable, count: int, seed: int) -> list[Row]:
    """`count` rows, drawn by their ids: two sets that share rows share much of what is drawn."""
    there = list(rows)
    if len(there) <= count:
        return there
    ranks = ((rank_of(row.get("id"), seed), n) for n, row in enumerate(there))
    return [
        there[number] for number in sorted(number for _, number in heapq.nsmallest(count, ranks))
    ]


def rank_of(name: Any, seed: int) -> int:
    """The rank of a row by its id, of 32 bits: those of the lowest ranks are drawn."""
    return zlib.crc32(f"{seed}:{name}".encode(errors="replace"))


def by_leaf(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each leaf."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(str(row.get("leaf", "")), []).append(row)
    return parts


def said(rows: Sequence[Row], form: str) -> list[str]:
    """What each row asks and answers, without the opening that its task's questions share."""
    return [f"{without(form, question_of(row))}\n{answer_of(row)}".strip() for row in rows]


def form_of(rows: Iterable[Row]) -> str:
    """The opening that the questions of these rows share."""
    return opening(question_of(row) for row in rows)
