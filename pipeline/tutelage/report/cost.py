"""What a run cost, by stage, leaf, model and purpose, and what each accepted sample cost."""

from typing import Any

from tutelage.accounting.prices import price
from tutelage.provenance.attribution import by_purpose, per_accepted
from tutelage.provenance.charges import charges_of, now_to_json, spent_now, sums, total
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.baselines import Baseline
from tutelage.report.break_even import authoring, break_even
from tutelage.report.measured_people import people_here


def cost(run: RunFolder) -> dict[str, Any]:
    """The `cost` part of report.json; amounts in USD, null where a price is unknown.

    `authoring` is the fixed cost; all other amounts are variable. `reused` tells by stage of
    answers that an earlier stage of the run is charged with.
    """
    rate = (run.facts.get("machine") or {}).get("usd_per_hour")
    charges = charges_of(run)
    now, fixed, accepted = spent_now(charges), authoring(run), per_accepted(run, charges)
    published = [Baseline(**line) for line in run.facts.get("baselines") or []]
    people = [*people_here(run), *published]
    return (
        total(charges).to_json()
        | now_to_json(now)
        | {
            "seconds_spent_now": float(now.seconds),
            "usd_per_hour": rate,
            "by_stage": sums(charges, "stage"),
            "reused": [
                {"stage": name} | price(use, rate).to_json() for name, use in run.reused.items()
            ],
            "by_leaf": sums(charges, "leaf"),
            "by_model": sums(charges, "model"),
            "by_purpose": by_purpose(run, charges),
            "per_accepted": accepted,
            "authoring": fixed,
            "baselines": [line.model_dump() for line in people],
            "break_even": break_even(fixed, accepted, people),
        }
    )
