"""What people's decisions cost here: their own seconds times a wage, beside published prices."""

from collections.abc import Sequence

import numpy as np

from tutelage.core.labels import LABELS, Label, read_labels
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.baselines import Baseline, Wage, load_wage

_KINDS = {
    "label": ("Your own review of a row", ("accept", "reject")),
    "demonstration": ("Your own answer in place of a row's", ("edit",)),
    "preference": ("Your own comparison of two answers", ("left", "right", "tie")),
}
"""By kind of sample: what it is called, and the decisions that are one."""
_FEWEST = 5
"""Decisions from which on a median is stated."""
_DRAWS = 2_000


def people_here(run: RunFolder) -> list[Baseline]:
    """A price for each kind of decision that people made often enough in this run.

    The median of active seconds times the wage of the recipe (`people:`), else of the baselines'
    file; the range is the 95% percentile bootstrap of the median, times the range of the wage.
    """
    wage, labels = wage_of(run), read_labels(run.path / LABELS)
    found = []
    for kind, (name, verdicts) in _KINDS.items():
        timed = [label for label in labels if label.verdict in verdicts and label.seconds > 0]
        if len(timed) >= _FEWEST:
            found.append(_price(kind, name, timed, wage))
    return found


def wage_of(run: RunFolder) -> Wage:
    """What an hour of the run's reviewers costs; the shipped wage in runs that note none."""
    given = run.facts.get("wage")
    return Wage(**given) if given else load_wage(None, None)


def median_interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """The median and its 95% percentile bootstrap interval (Efron 1979)."""
    numbers = np.asarray(values, dtype=float)
    draws = np.random.default_rng(seed).choice(numbers, size=(_DRAWS, len(numbers)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return float(np.median(numbers)), float(low), float(high)


def _price(kind: str, name: str, timed: list[Label], wage: Wage) -> Baseline:
    median, low, high = median_interval([label.seconds for label in timed])
    raters = len({label.rater for label in timed})
    by = f" by {raters} people" if raters > 1 else ""
    return Baseline(
        kind=kind,  # type: ignore[arg-type]
        label=name,
        usd_low=low / 3600 * wage.usd_per_hour_low,
        usd_high=high / 3600 * wage.usd_per_hour_high,
        source=f"measured here, n = {len(timed)}{by}",
        caveat=(
            f"median {median:.1f} s of active time (95% {low:.1f} to {high:.1f}) times "
            f"{wage.in_words()}"
        ),
        n=len(timed),
    )
