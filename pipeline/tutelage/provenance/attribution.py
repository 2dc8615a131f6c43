"""Whom the spend is charged to: the samples that survived, and what the rest of it was for."""

from typing import Any

from tutelage.provenance.judged_labels import judged_labels
from tutelage.provenance.ledger_view import attributed, per_sample, priced, unfinished
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.provenance.sample_origins import samples_of

PURPOSES = ("demonstration", "preference", "other", "training", "evaluation")
"""What a stage is for; rows that no training consumed are for something `other`."""


def per_accepted(run: RunFolder) -> Table:
    """USD per accepted demonstration, preference pair and judged label (all: `usd_total`).

    A demonstration carries everything that the data stages upstream of it spent, rejected rows
    included; what was given, replayed or repeated carries nothing. A pair carries what was spent
    between the demonstrations and it. What judges cost is in these, and once more by itself.
    Training and evaluation are in the run's total only.
    """
    consumed, charged = _trained_on(run), _charged(run)
    lines = [
        _carried(run, kind, stages, charged[kind]) for kind, stages in consumed.items() if stages
    ]
    labels = judged_labels(run)
    return [*lines, labels] if labels else lines


def by_purpose(run: RunFolder) -> Table:
    """The run's cost by what it was for; the lines add up to the total."""
    charged = _charged(run)
    stages: dict[str, list[str]] = {}
    for name in run.manifests:
        stages.setdefault(_purpose(run, name, charged), []).append(name)
    lines = [
        {"purpose": purpose, "stages": stages[purpose]}
        | priced(run, attributed(run, stages[purpose])).to_json()
        for purpose in PURPOSES
        if purpose in stages
    ]
    if left := unfinished(run):
        names = list(dict.fromkeys(entry["stage"] for entry in left))
        lines.append({"purpose": "unfinished", "stages": names} | priced(run, left).to_json())
    return lines


def trained_on(run: RunFolder) -> list[str]:
    """The stages whose rows training consumed, or would: demonstrations, then pairs."""
    return [stage for stages in _trained_on(run).values() for stage in stages]


def _purpose(run: RunFolder, stage: str, charged: dict[str, set[str]]) -> str:
    by_kind = {"checkpoint": "training", "scores": "evaluation"}
    found = by_kind.get(run.manifests[stage]["kind"])
    return found or next((kind for kind, names in charged.items() if stage in names), "other")


def _charged(run: RunFolder) -> dict[str, set[str]]:
    """The stages whose spend the samples of a kind carry."""
    consumed = _trained_on(run)
    demonstrations = _with_upstream(run, consumed["demonstration"])
    return {
        "demonstration": demonstrations,
        "preference": _with_upstream(run, consumed["preference"]) - demonstrations,
    }


def _trained_on(run: RunFolder) -> dict[str, list[str]]:
    """By kind, the stages with rows that training consumed; before any training, the last.

    These have only led to pairs, perhaps: then demonstrations are what was attempted again.
    """
    rows = run.of_kind("rows")
    consumed = {source for stage in run.of_kind("checkpoint") for source in run.sources(stage)}
    inner = {source for stage in rows for source in run.sources(stage)}
    found = {}
    for kind, column in (("demonstration", "completion"), ("preference", "chosen")):
        having = [stage for stage in rows if any(row.get(column) for row in run.rows(stage))]
        last = [stage for stage in having if stage not in inner]
        if not consumed and not last:
            last = _attempted(run, having)
        found[kind] = [stage for stage in having if stage in consumed] or last
    return found


def _attempted(run: RunFolder, answered: list[str]) -> list[str]:
    """The stages whose answered prompts were answered again, which a row's `reference` shows."""
    again = {stage for stage in answered if any(row.get("reference") for row in run.rows(stage))}
    given = {source for stage in again for source in run.sources(stage)}
    return [stage for stage in answered if stage in given - again]


def _with_upstream(run: RunFolder, stages: list[str]) -> set[str]:
    rows = set(run.of_kind("rows"))
    upstream = {name for stage in stages for name in run.ancestors(stage)}
    return rows & (upstream | set(stages))


def _carried(run: RunFolder, kind: str, stages: list[str], charged: set[str]) -> dict[str, Any]:
    ordered = [name for name in run.manifests if name in charged]
    return per_sample(run, kind, samples_of(run, stages), attributed(run, ordered), ordered)
