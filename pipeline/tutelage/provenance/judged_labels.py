"""Labels that a judge gave: how many were usable, and what they cost."""

from collections.abc import Iterable, Iterator
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.provenance.ledger_view import attributed, per_sample
from tutelage.provenance.run_folder import RunFolder
from tutelage.provenance.sample_origins import Samples


def judged_labels(run: RunFolder) -> dict[str, Any] | None:
    """USD per usable verdict of a judge, as a line of `per_accepted`; None where none judged.

    All requests for verdicts are charged to those that could be read: retries and unreadable
    replies too. What the same model wrote is not. A verdict is usable that gives a grade or names
    a winner. Rows that were judged carry this cost as well, and so does an evaluation.
    """
    entries = [entry for entry in attributed(run) if entry.get("judging")]
    if not entries:
        return None
    stages = list(dict.fromkeys(entry["stage"] for entry in entries))
    return per_sample(run, "label", Samples(_usable(run, stages)), entries, stages)


def _usable(run: RunFolder, stages: list[str]) -> int:
    """How many verdicts say something; each counts once, however many stages hold it."""
    rows = [name for name in stages if name in run.of_kind("rows")]
    scored = [name for name in stages if name in run.of_kind("scores")]
    answers = [row for name in scored for row in run.scores_of(name).answers]
    named = set(_named(row for name in rows for row in _judged(run, name)))
    return len(named) + sum(row.get("judged") in ("win", "loss") for row in answers)


def _judged(run: RunFolder, stage: str) -> list[Row]:
    return [*run.rows(stage), *run.rows(stage, "rejected")]


def _named(rows: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    """What tells verdicts with a `grade` apart; those of filters name no `model`."""
    for row in rows:
        for verdict in row.get("verdicts") or []:
            if verdict and "model" in verdict and verdict.get("grade") is not None:
                yield row["id"], str(verdict["by"]), str(verdict.get("keys"))
