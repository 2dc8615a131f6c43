"""The ledger entries of a run, and their price at the recipe's rate for its machine."""

from collections.abc import Iterable
from typing import Any

from pipeline.ledger import Usage
from pipeline.report.folder import RunFolder
from pipeline.report.money import Cost, price

Entries = list[dict[str, Any]]


def attributed(run: RunFolder, stages: Iterable[str] | None = None) -> Entries:
    """What the finished stages (or some of them) cost to make, whenever that was."""
    names = run.manifests if stages is None else stages
    return [entry for name in names for entry in run.manifests[name].get("ledger", [])]


def priced(run: RunFolder, entries: Entries, which: str = "usage") -> Cost:
    """The sum over entries: of their `usage`, or of what was `spent` by this invocation."""
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")
    return sum((price(Usage.from_json(entry[which]), rate) for entry in entries), Cost())
