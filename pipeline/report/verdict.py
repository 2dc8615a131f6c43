"""The verdict in words: one sentence, and what must be said beside it."""

from typing import Any

from pipeline.report.folder import Table
from pipeline.report.general import LEAF as GENERAL_LEAF
from pipeline.report.outcome import regressed
from pipeline.report.wording import leaf_name, percent, points, probability, signed


def verdict(lines: Table, compared: Table, more: Table) -> dict[str, Any]:
    """On the last trained model, or else the last, against the base; regressed leaves come first.

    `more` are lines of `before`, `after` and `words`: what is said of forgetting and of a judge.
    """
    overall = [line for line in compared if line["leaf"] == "*"]
    scores = {(line["model"], line["leaf"]): line for line in lines}
    if not overall:
        return {"result": "unknown", "headline": _no_verdict(lines), "notes": []}
    base = overall[0]["before"]
    main = sorted(
        (line for line in overall if line["before"] == base), key=lambda line: bool(line["trained"])
    )[-1]
    after, before = scores[main["after"], "*"], scores[base, "*"]
    reached = f"answers {percent(after['score'])} of {after['n']} held-out questions right"
    if after["metric"] == "token_f1":
        reached = f"reaches a token F1 of {percent(after['score'])} on {after['n']} questions"
    name = f"The trained model ({main['after']})" if main["trained"] else main["after"]
    headline = (
        f"{name} {reached}, the base ({base}) {percent(before['score'])}: {_against_chance(main)}."
    )
    pair = (main["before"], main["after"])
    said = [line["words"] for line in more if (line["before"], line["after"]) == pair]
    return {
        "result": main["words"],
        "headline": headline,
        "notes": _notes(main, overall, compared, said),
        "before": base,
        "after": main["after"],
    }


def _no_verdict(lines: Table) -> str:
    if not lines:
        return "No model has been scored yet."
    return "Only one model was scored, so there is nothing to compare."


def _notes(main: dict[str, Any], overall: Table, compared: Table, said: list[str]) -> list[str]:
    """Leaves that are worse first, then what is `said` of forgetting and by a judge."""
    pair = (main["before"], main["after"])
    mine = [c for c in compared if (c["before"], c["after"]) == pair and c["leaf"] != GENERAL_LEAF]
    worse = regressed(mine)
    notes = [f"Worse on {_change(line)}." for line in worse if line["beyond_noise"]] + said
    lower = [line for line in worse if not line["beyond_noise"]]
    if lower:
        notes.append(f"Lower but within noise: {'; '.join(_change(line) for line in lower)}.")
    if not worse:
        notes.append(f"No leaf scored lower than {main['before']}.")
    for step in overall:
        if (step["before"], step["after"]) != pair:
            reach = f"{signed(step['low'])} to {signed(step['high'])}"
            change = f"{points(step['difference'])} ({reach})"
            notes.append(f"{step['before']} to {step['after']}: {change}, {step['words']}.")
    unclear = [c for c in mine if not c["beyond_noise"] and c["leaf"] != "*" and c["needed"]]
    for line in unclear:
        notes.append(
            f"{leaf_name(line['leaf'])} has {line['n']} examples; to show a difference of "
            f"{points(line['difference'])} it would need about {line['needed']}."
        )
    return notes


def _change(line: dict[str, Any]) -> str:
    return f"{leaf_name(line['leaf'])} ({points(line['difference'])}, {probability(line['p'])})"


def _against_chance(line: dict[str, Any]) -> str:
    if line["beyond_noise"]:
        return f"{line['words']} ({probability(line['p'])})"
    return f"the difference is within noise ({probability(line['p'])})"
