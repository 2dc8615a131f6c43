"""The quickstart from nothing, for several seeds: time, memory, outcome and funnel.

    python -m benchmarks.quickstart [--seeds 1 2 3] [--check] [--quick] [--from DIR]

Writes benchmarks/quickstart.md. `--check` exits 1 where a target is missed; `--quick` runs the
smoke recipe in the quickstart's place, which shows the script working and meets no target;
`--from DIR` reads finished runs.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

from benchmarks.ending import finish
from benchmarks.recipe_run import ROOT, Measured, machine, measure

FILE = Path(__file__).with_suffix(".md")
MINUTES, GIGABYTES = 15.0, 6.0
MODELS = ("student", "sft")


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--from", dest="source", type=Path, help="a folder of finished runs")
    options = parser.parse_args()
    recipe = "smoke" if options.quick else "quickstart"
    seeds = options.seeds[:1] if options.quick else options.seeds
    place = options.source or ROOT / "runs" / f"benchmark-{recipe}"
    again = not options.source
    runs = [measure(recipe, seed, place / f"seed-{seed}", again=again) for seed in seeds]
    return finish(table(recipe, runs), misses(runs), FILE, options)


def table(recipe: str, runs: list[Measured]) -> str:
    """The Markdown page."""
    lines = [
        f"# The {recipe}, from nothing to report",
        "",
        "`python -m benchmarks.quickstart` wrote this. Each seed ran in a folder of its own,",
        "nothing cached; the seed changes every request, draw and the order of training rows.",
        f"Machine: {machine(runs[0].report)}.",
        "",
        "| seed | minutes | peak GB | accepted demonstrations |",
        "|---|---|---|---|",
    ]
    for run in runs:
        made = {entry["kind"]: entry["n"] for entry in run.report["cost"]["per_accepted"]}
        lines.append(
            f"| {run.seed} | {run.seconds / 60:.1f} | {run.gigabytes:.1f} | "
            f"{made.get('demonstration', 0)} |"
        )
    lines += ["", "## Outcome", "", "Share right on held-out examples, [95% interval].", ""]
    lines += _outcome(runs)
    lines += ["", "## Funnel", "", *_funnel(runs[0]), ""]
    return "\n".join(lines)


def _outcome(runs: list[Measured]) -> list[str]:
    leaves = list(dict.fromkeys(o["leaf"] for o in runs[0].report["outcome"]))
    lines = [f"| leaf | n | seed | {' | '.join(MODELS)} |", "|---|---|---|" + "---|" * len(MODELS)]
    for leaf in leaves:
        for run in runs:
            cells = [run.score(model, leaf) for model in MODELS]
            shown = [f"{c['score']:.0%} [{c['low']:.0%}, {c['high']:.0%}]" for c in cells]
            lines.append(f"| {leaf} | {cells[0]['n']} | {run.seed} | " + " | ".join(shown) + " |")
    for kind in ("knowledge", "foundational", "compositional"):
        shown = [
            f"{statistics.median(run.kind(model, kind) for run in runs):.0%}" for model in MODELS
        ]
        lines.append(f"| all {kind}, median of seeds | | | " + " | ".join(shown) + " |")
    return lines


def _funnel(run: Measured) -> list[str]:
    head = ["| stage | leaf | rows in | kept | rejected |", "|---|---|---|---|---|"]
    lines = [f"Seed {run.seed}.", "", *head]
    for entry in run.report["funnel"]:
        why = ", ".join(f"{reason} {n}" for reason, n in sorted(entry["rejected"].items()))
        lines.append(
            f"| {entry['stage']} | {entry['leaf']} | {entry['rows_in']} | {entry['kept']} | {why} |"
        )
    return lines


def misses(runs: list[Measured]) -> list[str]:
    """The targets that a run missed, each with its figure."""
    found: list[str] = []
    for run in runs:
        base, last = MODELS
        triage = "compositional_skills/tickets/triage"
        checks: list[tuple[str, bool]] = [
            (f"{run.seconds / 60:.1f} minutes, at most {MINUTES}", run.seconds <= MINUTES * 60),
            (f"{run.gigabytes:.1f} GB, at most {GIGABYTES}", run.gigabytes <= GIGABYTES),
        ]
        try:
            before, after = run.kind(base, "knowledge"), run.kind(last, "knowledge")
            json_before = run.score(base, triage)["score"]
            json_after = run.score(last, triage)["score"]
            leaf = next(o["leaf"] for o in run.report["outcome"] if o["kind"] == "foundational")
            gain = run.score(last, leaf)["low"] > run.score(base, leaf)["high"]
            whole = run.score(last, "*")["score"]
        except (StopIteration, ZeroDivisionError):
            return [*found, f"seed {run.seed}: not the helpdesk's leaves"]
        checks += [
            (f"knowledge base {before:.0%}, under 10%", before < 0.10),
            (f"knowledge {after:.0%}, at least 60%", after >= 0.60),
            (f"JSON skill {json_after:.0%}, at least 70%", json_after >= 0.70),
            (f"JSON skill, base {json_before:.0%}, doubled", json_after >= 2 * json_before),
            ("foundational skill better than base beyond noise", gain),
            (f"{whole:.0%} of all questions, at least 80%", whole >= 0.80),
        ]
        found += [f"seed {run.seed}: {text}" for text, met in checks if not met]
    return found


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
