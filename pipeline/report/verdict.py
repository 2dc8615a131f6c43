"""The verdict in words: one sentence, and what must be said beside it."""

from typing import Any

from pipeline.report.folder import Table
from pipeline.report.outcome import regressed
from pipeline.report.wording import leaf_name, percent, points, probability, signed


def verdict(lines: Table, compared: Table, general: Table) -> dict[str, Any]:
    """On the last trained model against the base; regressed leaves are named first.

    `general` is what `report.general` says of forgetting.
    """
    overall = [line for line in compared if line["leaf"] == "*"]
    scores = {(line["model"], line["leaf"]): line for line in lines}
    if not overall:
        return {"result": "unknown", "headline": _no_verdict(lines), "notes": []}
    base = overall[0]["before"]
    main = [line for line in overall if line["before"] == base][-1]
    after, before = scores[main["after"], "*"], scores[base, "*"]
    headline = (
        f"The trained model ({main['after']}) answers {percent(after['score'])} of {after['n']} "
        f"held-out questions right, the base ({base}) {percent(before['score'])}: "
        f"{_against_chance(main)}."
    )
    notes = _notes(main, overall, compared)
    guard = [line["words"] for line in general if line["after"] == main["after"]]
    beyond_noise = sum(note.startswith("Worse on ") for note in notes)
    notes[beyond_noise:beyond_noise] = guard
    return {
        "result": main["words"],
        "headline": headline,
        "notes": notes,
        "before": base,
        "after": main["after"],
    }


def _no_verdict(lines: Table) -> str:
    if not lines:
        return "No model has been scored yet."
    return "Only models that this run did not train were scored, so there is nothing to compare."


def _notes(main: dict[str, Any], overall: Table, compared: Table) -> list[str]:
    mine = [c for c in compared if (c["before"], c["after"]) == (main["before"], main["after"])]
    worse = regressed(mine)
    notes = [f"Worse on {_change(line)}." for line in worse if line["beyond_noise"]]
    lower = [line for line in worse if not line["beyond_noise"]]
    if lower:
        notes.append(f"Lower but within noise: {'; '.join(_change(line) for line in lower)}.")
    if not worse:
        notes.append(f"No leaf scored lower than {main['before']}.")
    for step in overall:
        if step["before"] != main["before"]:
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
