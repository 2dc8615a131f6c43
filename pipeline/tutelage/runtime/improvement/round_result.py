"""What a round came to: the model it made, its answers on the held-out questions, its rows."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import CALLS, Payment, Usage, load_calls, payment
from tutelage.core.artifacts import Row
from tutelage.core.errors import StageError
from tutelage.provenance.attribution import trained_on
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.outcome import Known, answers_of, paired
from tutelage.runtime.improvement.steering import LeafScore, StageYield

HELD_OUT = "*"
"""All held-out questions together, as a report calls them."""
AGAIN, BOTH = "_earlier_rounds", "_all_rounds"
"""How the names of stages end that bring rows of earlier rounds to a training: by themselves, and
with the new ones."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round, as its run's folder tells it."""

    number: int
    folder: Path
    before: str
    """The model that the round began with, as its evaluation calls it."""
    after: str
    """The stage of the model that it made."""
    base_answers: Known
    """By leaf and example: the scores of `before`."""
    answers: Known
    scores: dict[str, LeafScore]
    """Of the model that it made, by leaf; `*` is all."""
    rows: list[Row]
    """What it wrote and was trained on."""
    payments: dict[Payment, Usage] = field(repr=False)
    """What models answered for it; each payment once."""

    yields: dict[str, dict[str, StageYield]] = field(default_factory=dict)
    """By stage and leaf: rows kept of those tried."""
    again: list[Row] = field(default_factory=list, repr=False)
    """Rows of earlier rounds that it was trained on too."""

    @property
    def model(self) -> Path:
        """The model that the round made, where its run shows it: what people are told."""
        return self.folder / self.after

    @property
    def checkpoint(self) -> Path:
        """The folder of that model itself."""
        return self.model.resolve()

    @property
    def leaves(self) -> dict[str, LeafScore]:
        """The scores of the taxonomy's leaves, by which the next round is steered."""
        trained = {str(row["leaf"]) for row in (*self.rows, *self.again)}
        return {leaf: score for leaf, score in self.scores.items() if leaf in trained}


def read_round(number: int, folder: Path, report: dict[str, Any]) -> Round:
    """A finished round; raises StageError where its evaluation compares nothing."""
    verdict = report["verdict"]
    if not verdict.get("after"):
        raise StageError(
            f"{folder}: round {number} compares no models, so nothing can steer the next one; the "
            "recipe needs `evaluate: {models: [student, <the trained stage>]}`"
        )
    run = RunFolder.load(folder)
    before, after = verdict["before"], verdict["after"]
    scores, new, again = run.scores()[1], *_trained_on(run)
    return Round(
        number,
        folder,
        before,
        after,
        answers_of(scores, before),
        answers_of(scores, after),
        {
            line["leaf"]: LeafScore(line["score"], line["n"])
            for line in report["outcome"]
            if line["model"] == after
        },
        [row for stage in new for row in run.rows(stage)],
        payments_of(folder),
        _yields(report["funnel"]),
        [row for stage in again for row in run.rows(stage)],
    )


def _trained_on(run: RunFolder) -> tuple[list[str], list[str]]:
    """The stages of what it wrote and was trained on, and of rows of earlier rounds."""
    new: list[str] = []
    again: list[str] = []
    for stage in trained_on(run):
        for name in run.sources(stage) if stage.endswith(BOTH) else [stage]:
            (again if name.endswith(AGAIN) else new).append(name)
    return new, again


def _yields(funnel: Table) -> dict[str, dict[str, StageYield]]:
    found: dict[str, dict[str, StageYield]] = {}
    for line in funnel:
        made = StageYield(line["kept"], line["rows_in"])
        found.setdefault(line["stage"], {})[line["leaf"]] = made
    return found


def payments_of(folder: Path) -> dict[Payment, Usage]:
    """What models answered for the stages in a run's folder, finished or not; each payment once.

    A failure has no key in the journal, so its place in the store's file tells it from others.
    """
    found: dict[Payment, Usage] = {}
    for file in folder.glob(f"*/{CALLS}"):
        for number, call in enumerate(load_calls(file)):
            key = call.key or f"{file.resolve()}/{number}"
            found[payment(key, call.usage)] = call.usage
    return found


def spent(one: Round) -> Usage:
    """What all models answered in a round."""
    return sum(one.payments.values(), Usage())


def gain(old: Known, new: Known) -> dict[str, Any]:
    """The paired comparison over all held-out questions; empty where none was asked."""
    return next((line for line in paired(old, new) if line["leaf"] == HELD_OUT), {})


def gains_by_leaf(old: Known, new: Known) -> Table:
    """The same, by leaf."""
    return [line for line in paired(old, new) if line["leaf"] != HELD_OUT]
