"""From how many answers on the one of two ways is cheaper that costs more once or by the answer."""

import math

from tutelage.report.format import usd


def pays_off(name: str, rival: str, more_once: float | None, saved_each: float | None) -> str:
    """In words, from `more_once`, USD that `name` costs more once, and `saved_each`, by the answer.

    The totals over N answers are equal where N * saved_each = more_once; either may be negative.
    """
    if more_once is None or saved_each is None:
        return f"When {name} pays off is unknown, since a price is."
    once = f"{name} costs {_difference(more_once)} once than {rival}"
    each = f"{_difference(-saved_each * 1000)} per 1,000 answers"
    if more_once >= 0 >= saved_each:
        return f"{once} and {each}: it never pays off."
    if more_once <= 0 <= saved_each:
        return f"{once} and {each}: it pays off from the first answer on."
    if more_once > 0:
        answers = math.ceil(more_once / saved_each)
        return f"{once} and {each}: it pays off from {answers:,} answers on."
    answers = math.floor(more_once / saved_each)
    return f"{once} and {each}: it is the cheaper one up to {answers:,} answers."


def _difference(amount: float) -> str:
    if amount == 0:
        return "no more"
    return f"{usd(abs(amount))} {'more' if amount > 0 else 'less'}"
