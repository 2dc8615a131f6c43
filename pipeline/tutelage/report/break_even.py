"""The fixed cost, and from how many samples on generating them has paid it back."""

from decimal import ROUND_CEILING, Decimal
from typing import Any

from tutelage.accounting.prices import number
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.baselines import Baseline


def authoring(run: RunFolder) -> dict[str, Any] | None:
    """People's time in the taxonomy and its held-out examples; None where nobody stated it."""
    given = run.facts.get("authoring")
    if given is None:
        return None
    usd = Decimal(str(given["hours"])) * Decimal(str(given["usd_per_hour"]))
    found: dict[str, Any] = given | {"usd": number(usd)}
    return found


def break_even(fixed: dict[str, Any] | None, accepted: Table, people: list[Baseline]) -> Table:
    """Samples after which the fixed cost is paid back: fixed / (human - variable), by human price.

    `samples_at_low` and `samples_at_high` are for the lower and the higher human price; null where
    a synthetic sample is not the cheaper one, or a cost is unknown.
    """
    table = []
    for sample in accepted:
        for line in people:
            if line.kind == sample["kind"]:
                low = _samples(fixed, sample["usd"], line.usd_low)
                high = _samples(fixed, sample["usd"], line.usd_high)
                names = {"kind": line.kind, "label": line.label}
                table.append(names | {"samples_at_low": low, "samples_at_high": high})
    return table


def _samples(fixed: dict[str, Any] | None, usd: float | None, human_usd: float) -> int | None:
    if fixed is None or usd is None or usd >= human_usd:
        return None
    saved = Decimal(str(human_usd)) - Decimal(str(usd))
    return max(1, int((Decimal(str(fixed["usd"])) / saved).to_integral_value(ROUND_CEILING)))
