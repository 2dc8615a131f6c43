"""Rows as stages make them."""

from collections.abc import Callable
from typing import Any

from tutelage.core.artifacts import Row

Judge = Callable[..., list[str | None]]
"""judge(spec, row, row, ..., within=scope) -> one verdict per row."""


def row(question: str, answer: str = "An answer.", **more: Any) -> Row:
    """A row as stages make them."""
    return {
        "id": "r",
        "leaf": "knowledge/heater",
        "parents": [],
        "prompt": [{"role": "user", "content": question}],
        "completion": [{"role": "assistant", "content": answer}],
    } | more
