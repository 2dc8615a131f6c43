"""What a run cost, and what each accepted sample cost with all that was spent to get it."""

from collections.abc import Callable, Iterable
from decimal import ROUND_CEILING, Decimal
from typing import Any

from pipeline.ledger import Usage
from pipeline.report.baselines import Baseline, load_baselines
from pipeline.report.folder import RunFolder, Table
from pipeline.report.money import Cost, number, price

Entries = list[dict[str, Any]]


def cost(run: RunFolder) -> dict[str, Any]:
    """The `cost` part of report.json; amounts in USD, null where a price is unknown."""
    made = _attributed(run)
    spent = run.facts.get("spent", [])
    total = _price(run, made, "usage")
    now = _price(run, spent, "spent")
    return total.to_json() | {
        "usd_spent_now": number(now.usd),
        "seconds_spent_now": float(now.seconds),
        "usd_per_hour": (run.facts.get("machine") or {}).get("usd_per_hour"),
        "by_stage": _split(run, made, spent, lambda entry: entry["stage"], "stage"),
        "by_leaf": _split(run, made, spent, lambda entry: entry["leaf"], "leaf"),
        "by_model": _split(run, made, spent, lambda entry: entry["model"], "model"),
        "per_accepted": per_accepted(run),
        "baselines": [line.model_dump() for line in _baselines(run)],
    }


def per_accepted(run: RunFolder) -> Table:
    """USD per accepted demonstration and per preference pair (`usd`; all of them: `usd_total`).

    A demonstration carries everything that the data stages upstream of it spent, rejected rows
    included. A pair carries what was spent between the demonstrations and it. Training and
    evaluation are in the run's total only.
    """
    trained_on = _trained_on(run)
    demonstrations = _with_upstream(run, trained_on["demonstration"])
    upstream = {
        "demonstration": demonstrations,
        "preference": _with_upstream(run, trained_on["preference"]) - demonstrations,
    }
    return [
        _per_sample(run, kind, stages, upstream[kind])
        for kind, stages in trained_on.items()
        if stages
    ]


def labor(run: RunFolder) -> dict[str, Any]:
    """People's time in the taxonomy: a fixed cost, whatever the number of samples."""
    given = run.facts.get("labor") or {}
    hours, rate = given.get("hours", 0), given.get("usd_per_hour", 0)
    usd = Decimal(str(hours)) * Decimal(str(rate))
    return {"hours": hours, "usd_per_hour": rate, "usd": number(usd)}


def break_even(run: RunFolder) -> Table:
    """From how many samples on the people's time in the taxonomy is paid back, by human price.

    `samples_at_low` and `samples_at_high` are for the lower and the higher human price; null where
    a synthetic sample is not the cheaper one, or its cost is unknown.
    """
    fixed = Decimal(str(labor(run)["usd"]))
    table = []
    for sample in per_accepted(run):
        for line in _baselines(run):
            if line.kind == sample["kind"]:
                low = _samples_to_repay(fixed, sample["usd"], line.usd_low)
                high = _samples_to_repay(fixed, sample["usd"], line.usd_high)
                names = {"kind": line.kind, "label": line.label}
                table.append(names | {"samples_at_low": low, "samples_at_high": high})
    return table


def _samples_to_repay(fixed: Decimal, usd: float | None, human_usd: float) -> int | None:
    if usd is None or usd >= human_usd:
        return None
    saved = Decimal(str(human_usd)) - Decimal(str(usd))
    return max(1, int((fixed / saved).to_integral_value(ROUND_CEILING)))


def _baselines(run: RunFolder) -> list[Baseline]:
    return load_baselines(run.facts.get("human_baselines"))


def _attributed(run: RunFolder, stages: Iterable[str] | None = None) -> Entries:
    names = run.manifests if stages is None else stages
    return [entry for name in names for entry in run.manifests[name].get("ledger", [])]


def _price(run: RunFolder, entries: Entries, which: str) -> Cost:
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")
    costs = (price(Usage.from_json(entry[which]), rate) for entry in entries)
    return sum(costs, Cost())


def _split(
    run: RunFolder,
    made: Entries,
    spent: Entries,
    key: Callable[[dict[str, Any]], str],
    name: str,
) -> Table:
    """One line per stage, leaf or model; the lines add up to the totals."""
    table = []
    for value in dict.fromkeys(key(entry) for entry in [*made, *spent]):
        now = _price(run, [entry for entry in spent if key(entry) == value], "spent")
        total = _price(run, [entry for entry in made if key(entry) == value], "usage")
        table.append({name: value} | total.to_json() | {"usd_spent_now": number(now.usd)})
    return table


def _trained_on(run: RunFolder) -> dict[str, list[str]]:
    """The stages whose rows training consumed, or would: where none was trained yet, the last."""
    rows = run.of_kind("rows")
    consumed = {source for stage in run.of_kind("checkpoint") for source in run.sources(stage)}
    inner = {source for stage in rows for source in run.sources(stage)}
    found = {}
    for kind, column in (("demonstration", "completion"), ("preference", "chosen")):
        having = [stage for stage in rows if any(row.get(column) for row in run.rows(stage))]
        last = [stage for stage in having if stage not in inner]
        found[kind] = [stage for stage in having if stage in consumed] or last
    return found


def _with_upstream(run: RunFolder, stages: list[str]) -> set[str]:
    rows = set(run.of_kind("rows"))
    upstream = {name for stage in stages for name in run.ancestors(stage)}
    return rows & (upstream | set(stages))


def _per_sample(run: RunFolder, kind: str, stages: list[str], charged: set[str]) -> dict[str, Any]:
    count = len({row["id"] for stage in stages for row in run.rows(stage)})
    ordered = [name for name in run.manifests if name in charged]
    total = _price(run, _attributed(run, ordered), "usage")
    usd = total.usd
    return {
        "kind": kind,
        "n": count,
        "usd": None if usd is None or not count else float(usd / count),
        "usd_total": number(usd),
        "seconds_total": float(total.seconds),
        "stages": ordered,
    }
