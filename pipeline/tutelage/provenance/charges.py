"""A run's ledger, priced: what its results took to make, and what this invocation spent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.accounting.prices import Cost, number, price
from tutelage.provenance.run_folder import RunFolder, Table


@dataclass(frozen=True, slots=True)
class Charge:
    """One entry: of a finished stage whenever it was made, or of what this invocation did."""

    stage: str
    leaf: str
    model: str
    judging: bool
    finished: bool
    made: Cost
    """What is charged to the stage's result."""
    now: Cost
    """What this invocation spent."""


def charges_of(run: RunFolder) -> list[Charge]:
    """All entries: those of finished stages, then those of this invocation.

    What it spent on a stage that it did not finish is charged to that stage too.
    """
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")

    def charge(entry: dict[str, Any], *, finished: bool, made: bool, now: bool) -> Charge:
        return Charge(
            *(entry["stage"], entry["leaf"], entry["model"], bool(entry.get("judging")), finished),
            price(Usage.from_json(entry["usage"]), rate) if made else Cost(),
            price(Usage.from_json(entry["spent"]), rate) if now else Cost(),
        )

    entries = (entry for made in run.manifests.values() for entry in made.get("ledger", []))
    found = [charge(entry, finished=True, made=True, now=False) for entry in entries]
    for entry in run.facts.get("spent", []):
        finished = entry["stage"] in run.manifests
        found.append(charge(entry, finished=finished, made=not finished, now=True))
    return found


def total(charges: Iterable[Charge]) -> Cost:
    """What some entries' results took to make."""
    return sum((charge.made for charge in charges), Cost())


def spent_now(charges: Iterable[Charge]) -> Cost:
    """What this invocation spent."""
    return sum((charge.now for charge in charges), Cost())


def sums(charges: Iterable[Charge], name: str) -> Table:
    """One line per `stage`, `leaf` or `model`; the lines add up to the totals."""
    groups: dict[str, list[Charge]] = {}
    for charge in charges:
        groups.setdefault(getattr(charge, name), []).append(charge)
    return [
        {name: value} | total(group).to_json() | now_to_json(spent_now(group))
        for value, group in groups.items()
    ]


def now_to_json(now: Cost) -> dict[str, float | None]:
    """What this invocation spent, and providers' part of it."""
    found = {"usd_spent_now": now.usd, "usd_provider_spent_now": now.provider_usd}
    return {name: number(amount) for name, amount in found.items()}
