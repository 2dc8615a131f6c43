"""What a request costs once the student serves, beside the teacher: when does training pay back?

Total cost is that of training and of all requests served afterwards, as Sardana et al. (2024,
arXiv:2401.00448) reckon it for pre-training.
"""

import math
from typing import Any

from tutelage.accounting.prices import Cost
from tutelage.provenance.charges import Charge, charges_of, total
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.break_even import authoring
from tutelage.report.format import usd as usd_in_words

_MILLION = 1_000_000


def serving(run: RunFolder) -> dict[str, Any]:
    """The `serving` part of report.json; empty before anything trained is evaluated.

    `models`: the last trained model, as it answered the held-out questions, then each model that
    wrote rows, but those that it was trained from: `usd_per_million` (prompt and answer together;
    null where a price is unknown) and `usd_per_request`, their `basis`, `tokens_per_second` of
    answers on this machine. `pays_from`: for each of the others, from how many requests on the run
    has paid for itself; null where a price is unknown or the student is not cheaper.
    """
    charges = [charge for charge in charges_of(run) if charge.finished and charge.model]
    student = _student(run, charges)
    if student is None:
        return {}
    name, used = student
    own = total(used)
    lines = [_line(name, used, "the held-out questions")]
    lines += [_other(run, model, charges, own) for model in _writers(run, charges, name)]
    size, fixed = _tokens(own) / max(1, own.requests), _fixed(run)
    pays_from = {line["model"]: _pays_from(fixed, lines[0], line) for line in lines[1:]}
    about = {"student": name, "tokens_per_request": size, "usd_run": fixed}
    return about | {"models": lines, "pays_from": pays_from}


def _student(run: RunFolder, charges: list[Charge]) -> tuple[str, list[Charge]] | None:
    """The last trained model that an evaluation asked, with what that took."""
    for name in reversed(run.trained()):
        if found := _evaluated(run, name, charges):
            return name, found
    return None


def _evaluated(run: RunFolder, model: str, charges: list[Charge]) -> list[Charge]:
    scored = run.evaluations()
    return [charge for charge in charges if charge.stage in scored and charge.model == model]


def _writers(run: RunFolder, charges: list[Charge], student: str) -> list[str]:
    """The models that wrote rows, but for the student, what it was trained from, and stages."""
    rows = set(run.of_kind("rows"))
    wrote = {c.model for c in charges if c.stage in rows and not c.judging}
    return sorted(wrote - {student, *run.lineage(student), *run.manifests})


def _other(run: RunFolder, model: str, charges: list[Charge], own: Cost) -> dict[str, Any]:
    """A model beside the student: by its list price, else as it answered the same questions, else
    as it wrote rows."""
    wrote = [c for c in charges if c.model == model and not c.judging]
    listed = run.facts.get("models", {}).get(model, {}).get("usd_per_million")
    if listed:
        spent = own.input_tokens * listed["input"] + own.output_tokens * listed["output"]
        prices = {
            "usd_per_million": spent / max(1, _tokens(own)),
            "usd_per_request": spent / _MILLION / max(1, own.requests),
        }
        return _line(model, wrote, "its price, for the student's tokens") | prices
    if found := _evaluated(run, model, charges):
        return _line(model, found, "the held-out questions")
    return _line(model, wrote, "the rows that it wrote, whose prompts are longer")


def _line(name: str, charges: list[Charge], basis: str) -> dict[str, Any]:
    cost = total(charges)
    tokens = _tokens(cost)
    priced = tokens > 0 and (cost.seconds > 0 or cost.usd != 0)  # a scripted model has no price
    usd = float(cost.usd) if priced and cost.usd is not None else None
    return {
        "model": name,
        "basis": basis,
        "requests": cost.requests,
        "input_tokens": cost.input_tokens,
        "output_tokens": cost.output_tokens,
        "usd_per_million": None if usd is None else usd / tokens * _MILLION,
        "usd_per_request": None if usd is None else usd / max(1, cost.requests),
        "tokens_per_second": cost.output_tokens / float(cost.seconds) if cost.seconds else None,
    }


def _tokens(cost: Cost) -> int:
    return cost.input_tokens + cost.output_tokens


def _fixed(run: RunFolder) -> float | None:
    """What the run cost, people's time in the taxonomy included as far as it is stated."""
    made = total(charge for charge in charges_of(run) if charge.finished).usd
    if made is None:
        return None
    people = authoring(run)
    return float(made) + (people["usd"] if people else 0.0)


def _pays_from(fixed: float | None, student: dict[str, Any], other: dict[str, Any]) -> int | None:
    own, others = student["usd_per_request"], other["usd_per_request"]
    if fixed is None or own is None or others is None or own >= others:
        return None
    return max(1, math.ceil(fixed / float(others - own)))


def serving_words(found: dict[str, Any]) -> list[str]:
    """The section in sentences, one for each model beside the student."""
    if not found:
        return []
    lines = {line["model"]: line for line in found["models"]}
    student = lines[found["student"]]
    head = f"Serving {found['student']} costs {_prices(student)}"
    if len(lines) == 1:
        return [f"{head}."]
    return [
        f"{head}; {name}, by {lines[name]['basis']}, {_prices(lines[name])}: {_when(found, name)}."
        for name in found["pays_from"]
    ]


def _prices(line: dict[str, Any]) -> str:
    million, request = _price(line["usd_per_million"]), _price(line["usd_per_request"])
    return f"{million} per million tokens, {request} a request"


def _price(usd: float | None) -> str:
    return "an unknown amount" if usd is None else usd_in_words(usd)


def _when(found: dict[str, Any], name: str) -> str:
    count = found["pays_from"][name]
    if count is not None:
        return f"from {count:,} requests on, the run has paid for itself (Sardana et al. 2024)"
    prices = {line["model"]: line["usd_per_request"] for line in found["models"]}
    if found["usd_run"] is None or None in (prices[found["student"]], prices[name]):
        return "when the run pays for itself is unknown, because a price is"
    return "no cheaper, so the run does not pay for itself by its requests"
