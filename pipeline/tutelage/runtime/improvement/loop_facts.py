"""A loop as data, for its page and for programs: improve.json, schema 1."""

from dataclasses import asdict
from typing import Any

from tutelage.runtime.improvement.loop import Improved, LoopSettings
from tutelage.runtime.improvement.round_result import Round, gains_by_leaf, spent
from tutelage.runtime.improvement.stopping import best_round, looks


def facts(settings: LoopSettings, state: Improved) -> dict[str, Any]:
    """Every round with its scores, gains, rows and cost; `best` is the round to use."""
    rounds = state.rounds
    compared = looks(rounds, settings.rounds) if rounds else []
    best = best_round(rounds) if rounds else None
    lines = [
        _round(one, place, state) | seen
        for place, (one, seen) in enumerate(zip(rounds, compared, strict=True))
    ]
    return {
        "schema": 1,
        "recipe": str(settings.recipe),
        "until": settings.until,
        "generator": settings.generator,
        "allowed": settings.rounds,
        "base": _base(rounds),
        "rounds": lines,
        "best": None if best is None else {"round": best.number, "model": str(best.model)},
        "why": state.why,
    }


def _base(rounds: list[Round]) -> dict[str, float]:
    """The scores that the loop began with, by leaf."""
    if not rounds:
        return {}
    by_leaf: dict[str, list[float]] = {}
    for (leaf, _), score in rounds[0].base_answers.items():
        by_leaf.setdefault(leaf, []).append(score)
    return {leaf: sum(scores) / len(scores) for leaf, scores in by_leaf.items()}


def _round(one: Round, place: int, state: Improved) -> dict[str, Any]:
    used = spent(one)
    earlier = state.rounds[place - 1].answers if place else one.base_answers
    return {
        "round": one.number,
        "folder": str(one.folder),
        "model": str(one.model),
        "rows": len(one.rows),
        "rows_again": len(one.again),
        "scores": {leaf: asdict(score) for leaf, score in one.scores.items()},
        "by_leaf": gains_by_leaf(earlier, one.answers),
        "weights": state.weights[place],
        "methods": state.methods[place] if state.methods else {},
        "difficulty": state.levels[place] if state.levels else {},
        "falls": [fall.in_words() for fall in state.falls[place]],
        "requests": used.requests,
        "output_tokens": used.output_tokens,
        "usd": None if used.usd is None else float(used.usd),
    }
