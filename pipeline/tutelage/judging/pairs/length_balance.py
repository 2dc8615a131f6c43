"""Length balance of pairs: a judge, and DPO after it, mistakes longer for better."""

from collections.abc import Sequence
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.core.text import count_words


def lengths(pairs: Sequence[Row]) -> dict[str, Any]:
    """Mean words of chosen and rejected answers, their ratio, and how often chosen is longer."""
    both = [_words(pair) for pair in pairs]
    if not both:
        return {"chosen_words": None, "rejected_words": None, "ratio": None, "chosen_longer": None}
    chosen = sum(one for one, _ in both) / len(both)
    rejected = sum(other for _, other in both) / len(both)
    return {
        "chosen_words": chosen,
        "rejected_words": rejected,
        "ratio": chosen / rejected if rejected else None,
        "chosen_longer": sum(one > other for one, other in both) / len(both),
    }


def balanced(pairs: Sequence[Row], most: float) -> tuple[list[Row], list[Row]]:
    """Pairs whose chosen answers have at most `most` times the words of the rejected ones, and at
    least their `most`-th part; those that tilt it furthest are dropped until that holds."""
    left, dropped = sorted(pairs, key=_tilt), []
    chosen = sum(_words(pair)[0] for pair in left)
    rejected = sum(_words(pair)[1] for pair in left)
    while left and not rejected / most <= chosen <= rejected * most:
        pair = left.pop() if chosen > rejected else left.pop(0)
        chosen, rejected = chosen - _words(pair)[0], rejected - _words(pair)[1]
        why = f"length: {_words(pair)[0]} words chosen, {_words(pair)[1]} rejected"
        dropped.append(pair | {"reason": why})
    kept = {pair["id"] for pair in left}
    return [pair for pair in pairs if pair["id"] in kept], dropped


def _tilt(pair: Row) -> int:
    chosen, rejected = _words(pair)
    return chosen - rejected


def _words(pair: Row) -> tuple[int, int]:
    """Words of the last turns, chosen and rejected."""
    chosen, rejected = (
        count_words(str(pair[name][-1]["content"])) for name in ("chosen", "rejected")
    )
    return chosen, rejected
