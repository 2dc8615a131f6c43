"""The ledger entries of a run, and their price at the recipe's rate for its machine."""

from collections.abc import Iterable
from typing import Any

from pipeline.ledger import Usage
from pipeline.report.folder import RunFolder
from pipeline.report.money import Cost, number, price

Entries = list[dict[str, Any]]


def attributed(run: RunFolder, stages: Iterable[str] | None = None) -> Entries:
    """What the finished stages (or some of them) cost to make, whenever that was."""
    names = run.manifests if stages is None else stages
    return [entry for name in names for entry in run.manifests[name].get("ledger", [])]


def priced(run: RunFolder, entries: Entries, which: str = "usage") -> Cost:
    """The sum over entries: of their `usage`, or of what was `spent` by this invocation."""
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")
    return sum((price(Usage.from_json(entry[which]), rate) for entry in entries), Cost())


def per_sample(
    run: RunFolder, kind: str, count: int, entries: Entries, stages: list[str]
) -> dict[str, Any]:
    """A line of `per_accepted`: so many samples of a kind carry the entries of some stages."""
    total = priced(run, entries)
    return {
        "kind": kind,
        "n": count,
        "usd": None if total.usd is None or not count else float(total.usd / count),
        "usd_total": number(total.usd),
        "seconds_total": float(total.seconds),
        "stages": stages,
    }
