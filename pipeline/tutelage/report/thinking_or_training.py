"""Whether to think longer or to train more: the answers from which on training has paid.

As Jones 2021 (arXiv:2104.03113) trades training against search, and Sardana et al. 2024
(arXiv:2401.00448) count inference into what a model costs: the total is what it costs once, and
what each answer costs, times the answers.
"""

import math
from typing import Any

from tutelage.evaluation.test_time.strategies import ORACLE
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent, usd
from tutelage.report.pays_off import pays_off
from tutelage.report.twice_the_rows import twice_the_rows

_STEP = 0.05
"""Targets are whole multiples of it, where none is given."""


def thinking_or_training(
    run: RunFolder,
    models: Table,
    cost: dict[str, Any],
    scaling: Table,
    target: float | None = None,
) -> dict[str, Any] | None:
    """The price of one accuracy, by model, and in words from how many answers each pays off.

    `once` is what only this model's making cost: the stages that it rests on and the first model
    does not. None where nothing can be compared.
    """
    wanted = target if target is not None else _common(models)
    if wanted is None:
        return None
    first = models[0]["model"]
    options = [_option(run, cost, one, first, wanted) for one in models]
    words = [_alone(one, wanted) for one in options]
    reached = [one for one in options if one["line"]]
    for other in reached[1:]:
        words.append(_compared(reached[0], other))
    curves = [found for found in scaling if found.get("doubling")]
    words += [twice_the_rows(run, cost, found, models, options, wanted) for found in curves]
    return {"target": wanted, "options": options, "words": words}


def _common(models: Table) -> float | None:
    """The highest accuracy that every model reaches in some way."""
    best = [max(line["score"] for line in _usable(one)) for one in models]
    step = math.floor(min(best) / _STEP + 1e-9) * _STEP
    return round(step, 2) if step > 0 else None


def _usable(study: dict[str, Any]) -> Table:
    return [line for line in study["lines"] if line["strategy"] != ORACLE]


def _option(
    run: RunFolder, cost: dict[str, Any], study: dict[str, Any], first: str, wanted: float
) -> dict[str, Any]:
    """The cheapest strategy by which a model reaches an accuracy, and what the model cost once."""
    able = [line for line in _usable(study) if line["score"] >= wanted]
    priced = all(line["usd_each"] is not None for line in able)
    line = min(
        able, key=lambda one: (one["usd_each"] if priced else 0, one["tokens"]), default=None
    )
    fewest = min(one["tokens"] for one in _usable(study))
    return {
        "model": study["model"],
        "line": line,
        "times": None if line is None else line["tokens"] / max(fewest, 1e-9),
        "usd_per_1000": None if line is None or not priced else 1000 * line["usd_each"],
        "once": _once(run, cost, study["model"], first),
    }


def _once(run: RunFolder, cost: dict[str, Any], model: str, first: str) -> float | None:
    """USD of the stages that a model rests on and the first model does not; None where unknown."""
    if model == first:
        return 0.0
    own = {model, *run.ancestors(model)} - {first, *run.ancestors(first)}
    spent = [line["usd"] for line in cost["by_stage"] if line["stage"] in own]
    return None if any(amount is None for amount in spent) else float(sum(spent))


def _alone(option: dict[str, Any], wanted: float) -> str:
    line = option["line"]
    if line is None:
        return f"{option['model']} reaches {percent(wanted)} by none of the strategies."
    price = option["usd_per_1000"]
    cost = "price unknown" if price is None else f"{usd(price)} per 1,000 answers"
    return (
        f"To reach {percent(wanted)}, {option['model']} thinks {option['times']:.1f} times as long "
        f"as for its cheapest answer: {line['name']}, {line['tokens']:.0f} tokens ({cost})."
    )


def _compared(base: dict[str, Any], other: dict[str, Any]) -> str:
    """From how many answers on the other model is the cheaper way to the same accuracy."""
    prices, once = ([one[name] for one in (base, other)] for name in ("usd_per_1000", "once"))
    saved = None if None in prices else (prices[0] - prices[1]) / 1000
    more = None if None in once else once[1] - once[0]
    return pays_off(other["model"], base["model"], more, saved)
