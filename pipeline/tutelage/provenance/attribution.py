"""What spending is charged to: the accepted samples; and what the rest of it was for."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from tutelage.accounting.prices import number
from tutelage.provenance.charges import Charge, total
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.provenance.sample_origins import Samples, samples_of, usable_labels

PURPOSES = ("demonstration", "preference", "other", "training", "evaluation")
"""What a stage is for; rows that no training used are `other`."""


def per_accepted(run: RunFolder, charges: Sequence[Charge]) -> Table:
    """USD per accepted demonstration, preference pair and judged label (all: `usd_total`).

    A demonstration carries everything that the data stages upstream of it spent, rejected rows
    included; what was given, replayed or repeated carries nothing. A pair carries what was spent
    between the demonstrations before it and it. What judges cost is in these, and once more by
    itself: all requests for verdicts, charged to those that could be read.
    Training and evaluation are in the run's total only.
    """
    consumed, made = _consumed(run), [charge for charge in charges if charge.finished]
    carried = _carried_by(run, consumed)
    lines = [
        _line(kind, samples_of(run, stages), made, [n for n in run.manifests if n in carried[kind]])
        for kind, stages in consumed.items()
        if stages
    ]
    if judged := [charge for charge in made if charge.judging]:
        stages = list(dict.fromkeys(charge.stage for charge in judged))
        lines.append(_line("label", Samples(usable_labels(run, stages)), judged, stages))
    return lines


def by_purpose(run: RunFolder, charges: Sequence[Charge]) -> Table:
    """The run's cost by what it was for; the lines add up to the total."""
    carried = _carried_by(run, _consumed(run))
    by_kind = {"checkpoint": "training", "scores": "evaluation"}
    stages: dict[str, list[str]] = {}
    for name, manifest in run.manifests.items():
        carrying = next((kind for kind, names in carried.items() if name in names), "other")
        stages.setdefault(by_kind.get(manifest["kind"], carrying), []).append(name)
    left = [charge.stage for charge in charges if not charge.finished]
    stages["unfinished"] = list(dict.fromkeys(left))
    return [
        {"purpose": purpose, "stages": names}
        | total(charge for charge in charges if charge.stage in names).to_json()
        for purpose in (*PURPOSES, "unfinished")
        if (names := stages.get(purpose))
    ]


def trained_on(run: RunFolder) -> list[str]:
    """The stages whose rows training consumed, or would: demonstrations, then pairs."""
    return [stage for stages in _consumed(run).values() for stage in stages]


def _consumed(run: RunFolder) -> dict[str, list[str]]:
    """By kind, the stages with rows that training consumed; before any training, the last.

    These have only led to pairs, perhaps: then demonstrations are what was attempted again.
    """
    rows = run.of_kind("rows")
    consumed = {source for stage in run.of_kind("checkpoint") for source in run.sources(stage)}
    inner = {source for stage in rows for source in run.sources(stage)}
    found = {}
    for kind, columns in (("demonstration", ("completion", "text")), ("preference", ("chosen",))):
        having = [stage for stage in rows if any(run.has_values(stage, name) for name in columns)]
        last = [stage for stage in having if stage not in inner]
        if not consumed and not last:
            last = _attempted(run, having)
        found[kind] = [stage for stage in having if stage in consumed] or last
    return found


def _carried_by(run: RunFolder, consumed: dict[str, list[str]]) -> dict[str, set[str]]:
    """The stages whose spend the samples of a kind carry.

    Pairs leave out what the demonstrations before them carry. Demonstrations made beside them, of
    the same attempts say, are not before them: then both kinds carry these.
    """
    rows = set(run.of_kind("rows"))
    before_pairs = {name for stage in consumed["preference"] for name in run.ancestors(stage)}
    upstream = {
        kind: rows & {*stages, *(name for stage in stages for name in run.ancestors(stage))}
        for kind, stages in consumed.items()
    }
    made = consumed["demonstration"]
    first = [stage for stage in made if stage in before_pairs] or made
    given = {name for stage in first for name in (stage, *run.ancestors(stage))}
    return upstream | {"preference": upstream["preference"] - given}


def _attempted(run: RunFolder, answered: list[str]) -> list[str]:
    """The stages whose answered prompts were answered again, which a row's `reference` shows."""
    again = {stage for stage in answered if run.has_values(stage, "reference")}
    given = {source for stage in again for source in run.sources(stage)}
    return [stage for stage in answered if stage in given - again]


def _line(
    kind: str, samples: Samples, charges: Sequence[Charge], stages: list[str]
) -> dict[str, Any]:
    """The samples of a kind that were made carry what some stages took."""
    cost = total(charge for charge in charges if charge.stage in stages)
    return {
        "kind": kind,
        **asdict(samples),
        "usd": _each(cost.usd, samples.n),
        "usd_provider": _each(cost.provider_usd, samples.n),
        "usd_total": number(cost.usd),
        "usd_provider_total": number(cost.provider_usd),
        "seconds_total": float(cost.seconds),
        "stages": stages,
    }


def _each(cost: Decimal | None, count: int) -> float | None:
    return None if cost is None or not count else float(cost / count)
