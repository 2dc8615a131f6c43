"""The ledger entries of a run, and their price at the recipe's rate for its machine."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.accounting.prices import Cost, number, price
from tutelage.provenance.run_folder import RunFolder
from tutelage.provenance.sample_origins import Samples

Entries = list[dict[str, Any]]


def attributed(run: RunFolder, stages: Iterable[str] | None = None) -> Entries:
    """What the finished stages (or some of them) cost to make, whenever that was."""
    names = run.manifests if stages is None else stages
    return [entry for name in names for entry in run.manifests[name].get("ledger", [])]


def unfinished(run: RunFolder) -> Entries:
    """What stages used that the last invocation began and did not finish."""
    return [entry for entry in run.facts.get("spent", []) if entry["stage"] not in run.manifests]


def priced(run: RunFolder, entries: Entries, which: str = "usage") -> Cost:
    """The sum over entries: of their `usage`, or of what was `spent` by this invocation."""
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")
    return sum((price(Usage.from_json(entry[which]), rate) for entry in entries), Cost())


def per_sample(
    run: RunFolder, kind: str, samples: Samples, entries: Entries, stages: list[str]
) -> dict[str, Any]:
    """A line of `per_accepted`: the samples of a kind that were made carry some stages' entries."""
    total = priced(run, entries)
    return {
        "kind": kind,
        **asdict(samples),
        "usd": _each(total.usd, samples.n),
        "usd_provider": _each(total.provider_usd, samples.n),
        "usd_total": number(total.usd),
        "usd_provider_total": number(total.provider_usd),
        "seconds_total": float(total.seconds),
        "stages": stages,
    }


def _each(total: Decimal | None, count: int) -> float | None:
    return None if total is None or not count else float(total / count)
