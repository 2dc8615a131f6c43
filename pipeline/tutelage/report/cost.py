"""What a run cost, by stage, leaf, model and purpose, and what each accepted sample cost."""

from typing import Any

from tutelage.accounting.prices import Cost, number, price
from tutelage.provenance.attribution import by_purpose, per_accepted
from tutelage.provenance.ledger_view import Entries, attributed, priced, unfinished
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.baselines import Baseline
from tutelage.report.break_even import authoring, break_even


def cost(run: RunFolder) -> dict[str, Any]:
    """The `cost` part of report.json; amounts in USD, null where a price is unknown.

    `authoring` is the fixed cost; all other amounts are variable.
    """
    made, spent = attributed(run) + unfinished(run), run.facts.get("spent", [])
    now, fixed, accepted = priced(run, spent, "spent"), authoring(run), per_accepted(run)
    people = [Baseline(**line) for line in run.facts.get("baselines") or []]
    return (
        priced(run, made).to_json()
        | _spent_now(now)
        | {
            "seconds_spent_now": float(now.seconds),
            "usd_per_hour": (run.facts.get("machine") or {}).get("usd_per_hour"),
            "by_stage": _split(run, made, spent, "stage"),
            "reused": _reused(run),
            "by_leaf": _split(run, made, spent, "leaf"),
            "by_model": _split(run, made, spent, "model"),
            "by_purpose": by_purpose(run),
            "per_accepted": accepted,
            "authoring": fixed,
            "baselines": [line.model_dump() for line in people],
            "break_even": break_even(fixed, accepted, people),
        }
    )


def _spent_now(now: Cost) -> dict[str, float | None]:
    """What this invocation spent, and providers' part of it."""
    found = {"usd_spent_now": now.usd, "usd_provider_spent_now": now.provider_usd}
    return {name: number(amount) for name, amount in found.items()}


def _reused(run: RunFolder) -> Table:
    """By stage: answers that an earlier stage of the run is charged with, and what these cost."""
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")
    return [{"stage": name} | price(use, rate).to_json() for name, use in run.reused.items()]


def _split(run: RunFolder, made: Entries, spent: Entries, name: str) -> Table:
    """One line per stage, leaf or model; the lines add up to the totals."""
    groups: dict[str, tuple[Entries, Entries]] = {}
    for which, entries in enumerate((made, spent)):
        for entry in entries:
            groups.setdefault(entry[name], ([], []))[which].append(entry)
    return [
        {name: value}
        | priced(run, attributed_to_it).to_json()
        | _spent_now(priced(run, spent_on_it, "spent"))
        for value, (attributed_to_it, spent_on_it) in groups.items()
    ]
