"""The verdict in words: one sentence, and what must be said beside it."""

from collections import Counter
from typing import Any

from tutelage.evaluation.score_tables import GRADED
from tutelage.provenance.run_folder import Table
from tutelage.report.forgetting_section import LEAF as GENERAL_LEAF
from tutelage.report.format import leaf_name, percent, points, probability, signed
from tutelage.report.outcome import regressed

_GRADED = {"token_f1": "a token F1", "f1": "an F1", "score": "a mean score"}


def verdict(lines: Table, compared: Table, more: Table) -> dict[str, Any]:
    """On the last trained model, or else the last, against the base; regressed leaves come first.

    Over all held-out questions; where none were asked, of the first benchmark. `more` are lines of
    `before`, `after` and `words`: what is said of forgetting and of a judge.
    """
    if not compared:
        found = _no_verdict(lines, [line["words"] for line in more])
        return {"result": "unknown"} | found | {"notes": found["notes"] + _counted_wrong(lines)}
    leaf = min((line["leaf"] for line in compared), key=_told_last)
    overall = [line for line in compared if line["leaf"] == leaf]
    scores = {(line["model"], line["leaf"]): line for line in lines}
    base = overall[0]["before"]
    main = sorted(
        (line for line in overall if line["before"] == base), key=lambda line: bool(line["trained"])
    )[-1]
    after, before = scores[main["after"], leaf], scores[base, leaf]
    asked = f"{after['n']} held-out questions"
    if leaf != "*":
        asked = f"{after['n']} questions of {leaf_name(leaf)}"
    reached = f"answers {percent(after['score'])} of {asked} right"
    if after["metric"] in GRADED:
        reached = f"reaches {_GRADED[after['metric']]} of {percent(after['score'])} on {asked}"
    name = f"The trained model ({main['after']})" if main["trained"] else main["after"]
    headline = (
        f"{name} {reached}, the base ({base}) {percent(before['score'])}: {_against_chance(main)}."
    )
    pair = (main["before"], main["after"])
    said = [line["words"] for line in more if (line["before"], line["after"]) == pair]
    return {
        "result": main["words"],
        "headline": headline,
        "notes": _notes(main, overall, compared, said) + _counted_wrong(lines),
        "before": base,
        "after": main["after"],
    }


def _told_last(leaf: str) -> int:
    """The shipped questions decide the verdict only where nothing else was asked."""
    return 0 if leaf == "*" else 2 if leaf == GENERAL_LEAF else 1


def _no_verdict(lines: Table, said: list[str]) -> dict[str, Any]:
    """The judge's verdict in `said`, where nothing else can score; otherwise why there is none."""
    if said:
        return {"headline": said[0], "notes": said[1:]}
    models = {line["model"] for line in lines}
    if not models:
        words = "No model has been scored yet."
    elif len(models) == 1:
        words = "Only one model was scored, so there is nothing to compare."
    else:
        words = "No question was asked of more than one model, so there is nothing to compare."
    return {"headline": words, "notes": []}


def _notes(main: dict[str, Any], overall: Table, compared: Table, said: list[str]) -> list[str]:
    """Leaves that are worse first, then what is `said` of forgetting and by a judge."""
    pair = (main["before"], main["after"])
    mine = [c for c in compared if (c["before"], c["after"]) == pair and c["leaf"] != GENERAL_LEAF]
    worse = regressed(mine)
    notes = [f"Worse on {_change(line)}." for line in worse if line["beyond_noise"]] + said
    lower = [line for line in worse if not line["beyond_noise"]]
    if lower:
        notes.append(f"Lower but within noise: {'; '.join(_change(line) for line in lower)}.")
    if mine and not worse:
        notes.append(f"No leaf scored lower than {main['before']}.")
    for step in overall:
        if (step["before"], step["after"]) != pair:
            reach = f"{signed(step['low'])} to {signed(step['high'])}"
            change = f"{points(step['difference'])} ({reach})"
            notes.append(f"{step['before']} to {step['after']}: {change}, {step['words']}.")
    if main["leaf"] != "*":
        notes += [
            f"{leaf_name(line['leaf'])}: {points(line['difference'])}, {_against_chance(line)}."
            for line in mine
            if line["leaf"] != main["leaf"] and line["difference"] >= 0
        ]
    unclear = [c for c in mine if not c["beyond_noise"] and c["leaf"] != "*" and c["needed"]]
    for line in unclear:
        notes.append(
            f"{leaf_name(line['leaf'])} has {line['n']} examples; to show a difference of "
            f"{points(line['difference'])} it would need about {line['needed']}."
        )
    return notes


def _counted_wrong(lines: Table) -> list[str]:
    """What makes a score lower than the answers' texts alone would."""
    return _unanswered(lines) + _recited(lines) + _partly(lines)


def _recited(lines: Table) -> list[str]:
    """By model, how many answers recite: the share with them in it is the other figure."""
    notes = []
    for line in lines:
        if line["leaf"] == "*" and (count := line.get("recited", 0)):
            named = percent(line["score"] + count / line["n"])
            notes.append(
                f"{line['model']}: {count} of {line['n']} answers recite several statements and "
                f"count as wrong; {percent(line['score'])} are right, {named} name the answer."
            )
    return notes


def _partly(lines: Table) -> list[str]:
    """By model, how far demands are met where answers that miss one meet others."""
    return [
        f"{line['model']}: {percent(found['all'])} of the {found['n']} answers with demands meet "
        f"all of them; the mean over single demands is {percent(found['mean'])}."
        for line in lines
        if line["leaf"] == "*" and (found := line.get("partial"))
        if percent(found["all"]) != percent(found["mean"])
    ]


def _unanswered(lines: Table) -> list[str]:
    """By model, how many questions failed or were refused: its score is lower for it."""
    asked: Counter[str] = Counter()
    unanswered: Counter[str] = Counter()
    for line in lines:
        if line["leaf"] != "*":
            asked[line["model"]] += line["n"]
            unanswered[line["model"]] += line["unanswered"]
    return [
        f"{model}: {count} of {asked[model]} questions got no answer and count as wrong."
        for model, count in unanswered.items()
        if count
    ]


def _change(line: dict[str, Any]) -> str:
    return f"{leaf_name(line['leaf'])} ({points(line['difference'])}, {probability(line['p'])})"


def _against_chance(line: dict[str, Any]) -> str:
    if line["beyond_noise"]:
        return f"{line['words']} ({probability(line['p'])})"
    return f"the difference is within noise ({probability(line['p'])})"
