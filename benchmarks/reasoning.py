"""What worked reasoning buys at equal rows: steps before the answer, or the answer alone.

    python -m benchmarks.reasoning [--seeds 1 2 3] [--from DIR] [--go-on] [--until STAGE] [--check]
        [--quick]

Runs `recipes/reasoning.yaml` and writes benchmarks/reasoning.md. `--from DIR` reads finished runs
in `DIR/seed-1` and so on; `--until STAGE` and then `--go-on` run in parts. `--check` exits 1 where
the student that learnt steps is not at least 15 points better, beyond noise (paired, question by
question), or a run takes over 20 minutes or 7 GB. `--quick` trains on a few rows, which shows the
script working.
"""

import argparse
import os
import sys
from pathlib import Path
from statistics import fmean
from typing import Any

from tutelage.core.artifacts import read_rows
from tutelage.evaluation.statistics.intervals import score_interval
from tutelage.evaluation.statistics.paired import Comparison, compare

from benchmarks.ending import finish
from benchmarks.recipe_run import ROOT, Measured, machine, measure

FILE = Path(__file__).with_suffix(".md")
MODELS = ("answer_only", "steps")
POINTS, MINUTES, GIGABYTES = 0.15, 20, 7.0
QUICK: tuple[str, ...] = (
    "stages.problems.rows=8",
    "stages.evaluate.tasks.rows=4",
    "stages.steps.epochs=1",
)
QUICK += ("stages.answer_only.epochs=1",)


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--go-on", action="store_true", help="after a run that stopped")
    parser.add_argument("--until", help="stop after this stage")
    parser.add_argument("--from", dest="source", type=Path, help="a folder of finished runs")
    parser.add_argument("--note", default="", help="what the page should say of the machine's load")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    folder = options.source or ROOT / "runs" / "benchmark-reasoning"
    folder = folder / "quick" if options.quick else folder
    runs, answers = [], []
    for seed in [1] if options.quick else options.seeds:
        out = folder / f"seed-{seed}"
        overrides = [f"stages.problems.seed={seed}", *(QUICK if options.quick else ())]
        runs.append(
            measure(
                "reasoning",
                seed,
                out,
                again=options.source is None,
                overrides=overrides,
                fresh=not options.go_on,
                until=options.until,
            )
        )
        if options.until:
            continue
        answers.append(read_rows(out / "evaluate" / "answers.parquet"))
    if options.until:
        return 0
    text = page(runs, answers, options.note)
    return finish(text, missed(runs, answers), FILE, options)


def scores(rows: list[dict[str, Any]], model: str) -> dict[str, float]:
    """By question, what a model scored."""
    return {row["example"]: row["score"] for row in rows if row["model"] == model}


def gain(answers: list[list[dict[str, Any]]]) -> Comparison:
    """Steps against answers alone, question by question, a group a seed."""
    before = [scores(rows, "answer_only") for rows in answers]
    after = [scores(rows, "steps") for rows in answers]
    return compare(
        [list(one.values()) for one in before],
        [[two[name] for name in one] for one, two in zip(before, after, strict=True)],
    )


def page(runs: list[Measured], answers: list[list[dict[str, Any]]], note: str = "") -> str:
    """The Markdown page."""
    minutes = [run.seconds / 60 for run in runs]
    memory = max(run.gigabytes for run in runs)
    lines = [
        "# What worked reasoning buys",
        "",
        "`python -m benchmarks.reasoning` wrote this: `recipes/reasoning.yaml`, word problems of "
        "three steps, the same rows learnt with their steps or with the answers alone, on "
        f"problems that no training can hold. Seeds {', '.join(str(run.seed) for run in runs)}; "
        f"{fmean(minutes):.0f} minutes and {memory:.1f} GB each. {machine(runs[0].report)}.",
        *(["", note] if note else []),
        "",
        "| model | right | 95% | by seed | tokens an answer |",
        "|---|--:|---|---|--:|",
    ]
    for model in MODELS:
        own = [[row for row in rows if row["model"] == model] for rows in answers]
        each = [[float(row["score"]) for row in rows] for rows in own]
        low, high = score_interval(each)
        by_seed = ", ".join(f"{fmean(found):.0%}" for found in each)
        tokens = fmean(row["tokens"] for rows in own for row in rows)
        mean = fmean(score for found in each for score in found)
        lines.append(f"| {model} | {mean:.0%} | {low:.0%}–{high:.0%} | {by_seed} | {tokens:.0f} |")
    found = gain(answers)
    lines += [
        "",
        f"Steps against answers alone: {found.difference:+.0%} ({found.low:+.0%} to "
        f"{found.high:+.0%}), p = {found.p:.1g}.",
        "",
        *several(runs[0].report),
    ]
    return "\n".join(lines)


def several(report: dict[str, Any]) -> list[str]:
    """What several answers of the student of steps buy, in the first run."""
    study = next(one for one in report["test_time"]["models"] if one["model"] == "steps")
    lines = [
        "## Several answers",
        "",
        f"The student of steps at temperature 1, {study['questions']} problems, the first seed.",
        "",
        "| chosen by | answers | right | 95% | tokens |",
        "|---|--:|--:|---|--:|",
    ]
    for one in study["lines"]:
        reach = f"{one['low']:.0%}–{one['high']:.0%}"
        lines.append(
            f"| {one['name']} | {one['samples']} | {one['score']:.0%} | {reach} | "
            f"{one['tokens']:.0f} |"
        )
    best = [
        one for one in study["gains"] if one["samples"] == max(o["samples"] for o in study["lines"])
    ]
    lines += [
        "",
        *(f"- {gain_in_words(one)}" for one in best),
        *(f"- {word}" for word in study["words"]),
        "",
    ]
    return lines


def gain_in_words(one: dict[str, Any]) -> str:
    """A strategy of a study against another: points with their interval."""
    more = f", {one['resample']} draws more" if one["resample"] else ""
    points = [f"{100 * one[name]:+.1f}" for name in ("difference", "low", "high")]
    return (
        f"{one['name']} of {one['samples']}{more} against {one['against']}: "
        f"{points[0]} points ({points[1]} to {points[2]})."
    )


def missed(runs: list[Measured], answers: list[list[dict[str, Any]]]) -> list[str]:
    """The targets that were not reached."""
    better, found = gain(answers), list[str]()
    if better.difference < POINTS or better.low <= 0:
        found.append(f"steps are {better.difference:+.0%} (p = {better.p:.2g}), +15% are wanted")
    if any(run.seconds > MINUTES * 60 for run in runs):
        found.append(f"a run took over {MINUTES} minutes")
    if any(run.gigabytes > GIGABYTES for run in runs):
        found.append(f"a run took over {GIGABYTES:g} GB")
    return found


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
