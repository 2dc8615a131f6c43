"""Preferences as data sets write them: UltraFeedback's rated completions, pairs of answers."""

from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import (
    Row,
    RowFormat,
    assistant,
    first_of,
    opened,
    text_at,
    user,
    without,
)
from tutelage.core.row_formats.trl import TRL
from tutelage.core.row_formats.turns import read_text, read_turns

RATINGS = "completions"
"""The one column whose value, not only its name, tells a format."""
_QUESTIONS = ("prompt", "instruction", "question", "query", "input")
_CHOSEN = ("chosen", "chosen_response", "response_chosen")
_REJECTED = ("rejected", "rejected_response", "response_rejected")
_SYSTEM = ("system", "system_prompt")
_SCORES = ("overall_score", "score", "rating", "fine-grained_score")


def _is_rated(record: Row) -> bool:
    rated = record.get(RATINGS)
    return (
        first_of(record, _QUESTIONS) is not None
        and isinstance(rated, list)
        and bool(rated)
        and all(isinstance(one, dict) and "response" in one for one in rated)
    )


def _is_pair(record: Row) -> bool:
    if {"prompt", "chosen", "rejected"} <= set(record):
        return False  # TRL's own columns
    return all(first_of(record, names) for names in (_QUESTIONS, _CHOSEN, _REJECTED))


def _rated(record: Row, where: str) -> Row:
    """The best and the worst completion, by the score they were given."""
    place = f"{where}: column completions"
    scored = [(_score(one, f"{place}.{n}"), n, one) for n, one in enumerate(record[RATINGS])]
    best = max(scored, key=lambda entry: (entry[0], -entry[1]))
    worst = min(scored, key=lambda entry: (entry[0], entry[1]))
    if best[0] == worst[0]:
        raise RowsError(
            f"{place}: all have the score {best[0]:g}, so none is preferred; leave it out"
        )
    sides = {"chosen": best, "rejected": worst}
    made: Row = {}
    for name, (score, number, one) in sides.items():
        made[name] = [assistant(read_text(one["response"], f"{place}.{number}.response"))]
        made[f"score_{name}"] = score
    return without(record, "completions", *_QUESTIONS) | made | {"prompt": _prompt(record, where)}


def _score(completion: Row, where: str) -> float:
    name = first_of({k: v for k, v in completion.items() if v is not None}, _SCORES)
    try:
        return float(completion[name or "overall_score"])
    except (KeyError, TypeError, ValueError) as exc:
        raise RowsError(f"{where}: needs `overall_score` as a number") from exc


def _pair(record: Row, where: str) -> Row:
    made: Row = {"prompt": _prompt(record, where)}
    used: list[str | None] = [first_of(record, _QUESTIONS), *_SYSTEM]
    for name, names in (("chosen", _CHOSEN), ("rejected", _REJECTED)):
        column = first_of(record, names)
        assert column is not None  # by `matches`
        made[name] = read_turns(record[column], "assistant", f"{where}: column {column}")
        used.append(column)
    return TRL.convert(without(record, *used) | made, where)


def _prompt(record: Row, where: str) -> list[Any]:
    name = first_of(record, _QUESTIONS)
    assert name is not None  # by `matches`
    turns = record[name] if not isinstance(record[name], str) else None
    asked = (
        read_turns(turns, "user", f"{where}: column {name}")
        if turns is not None
        else [user(text_at(record, name, where))]
    )
    return [*opened(record, _SYSTEM, where), *asked]


RATED = RowFormat("UltraFeedback", "`instruction` and rated `completions`", _is_rated, _rated)
PAIRS = RowFormat("preference pairs", "a question, `chosen` and `rejected`", _is_pair, _pair)
