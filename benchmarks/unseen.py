"""The quickstart on taxonomies that it was not made for: one recipe, one table.

    python -m benchmarks.unseen --taxonomies DIR... [--seeds 1 2 3] [--check] [--quick] [--from DIR]

Each DIR is a taxonomy, or a folder of taxonomies. Writes benchmarks/unseen.md. `--check` exits 1
where a target is missed; `--quick` runs the smoke recipe, which shows the script working and meets
no target; `--from DIR` reads finished runs. Targets by the name of a taxonomy's folder are those of
the project's development sets; of any other, 55% of what was held out on its documents.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ending import finish
from benchmarks.recipe_run import ROOT, Measured, machine, measure

FILE = Path(__file__).with_suffix(".md")
MINUTES, GIGABYTES = 15.0, 6.0
BEFORE, AFTER = "student", "sft"
GENERAL = "benchmark:general"
TARGETS = {"helpdesk": 0.80, "skills": 0.80, "chickadee": 0.40}
TARGET = 0.55
DROP, PERPLEXITY = 0.05, 0.10
ROOTS = ("knowledge", "foundational_skills", "compositional_skills")
Runs = dict[str, list[Measured]]


def main() -> int:
    """Run all, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--taxonomies", type=Path, nargs="+", default=[ROOT / "taxonomies" / "helpdesk"]
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--from", dest="source", type=Path, help="a folder of finished runs")
    options = parser.parse_args()
    recipe = "smoke" if options.quick else "quickstart"
    seeds = options.seeds[:1] if options.quick else options.seeds
    place = options.source or ROOT / "runs" / f"unseen-{recipe}"
    runs: Runs = {}
    for folder in taxonomies(options.taxonomies):
        for seed in seeds:
            out = place / folder.name / f"seed-{seed}"
            if options.source and not (out / "measured.json").exists():
                continue
            over = [f"taxonomy={folder.resolve()}"]
            found = measure(recipe, seed, out, again=not options.source, overrides=over)
            runs.setdefault(folder.name, []).append(found)
    if not runs:
        raise SystemExit("no taxonomy there: give folders that hold knowledge/ or skills")
    return finish(page(runs, place), misses(runs, place), FILE, options)


def taxonomies(folders: Sequence[Path]) -> Iterator[Path]:
    """The taxonomies among the folders and what lies in them."""
    for folder in folders:
        inside = sorted(path for path in folder.iterdir() if path.is_dir())
        is_one = any((folder / root).is_dir() for root in ROOTS)
        for path in [folder] if is_one else inside:
            if any((path / root).is_dir() for root in ROOTS):
                yield path


def page(runs: Runs, place: Path) -> str:
    """The Markdown page."""
    first = next(iter(runs.values()))[0]
    lines = [
        "# One recipe on documents and skills that it was not made for",
        "",
        "`python -m benchmarks.unseen` wrote this: `recipes/quickstart.yaml`, the embedded model",
        "as teacher and student, each run in a folder of its own, nothing cached.",
        f"Machine: {machine(first.report)}.",
        "",
        "| set | seed | rows | statements asked about | steps | minutes | GB | before | after "
        "[95%] | general before → after | perplexity |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, measured in runs.items():
        lines += [_line(name, one, place) for one in measured]
    lines += ["", "## By leaf", "", "| set | leaf | n | seed | before | after [95%] |"]
    lines += ["|---|---|---|---|---|---|"]
    for name, measured in runs.items():
        lines += [line for one in measured for line in _leaves(name, one)]
    lines += ["", "## Yield by filter, first seed", "", "| set | stage | kept | rejected |"]
    lines += ["|---|---|---|---|"]
    for name, measured in runs.items():
        lines += _yield(name, measured[0])
    return "\n".join([*lines, ""])


def _line(name: str, run: Measured, place: Path) -> str:
    before, after = run.score(BEFORE, "*"), run.score(AFTER, "*")
    forgot = [run.score(model, GENERAL)["score"] for model in (BEFORE, AFTER)]
    folder = place / name / f"seed-{run.seed}"
    cells = [
        name,
        run.seed,
        sum(line["kept"] for line in run.report["funnel"] if line["stage"] == "training_rows"),
        _coverage(folder),
        _steps(folder),
        f"{run.seconds / 60:.1f}",
        f"{run.gigabytes:.1f}",
        f"{before['score']:.0%}",
        f"{after['score']:.0%} [{after['low']:.0%}, {after['high']:.0%}]",
        f"{forgot[0]:.0%} → {forgot[1]:.0%}",
        "–" if (more := perplexity(folder)) is None else f"{more:+.0%}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def perplexity(folder: Path) -> float | None:
    """The relative change in perplexity on general texts; None where it was not measured."""
    lines = _stats(folder / "evaluate").get("perplexity", [])
    read = {line["model"]: line["perplexity"] for line in lines if "perplexity" in line}
    return float(read[AFTER] / read[BEFORE] - 1) if {BEFORE, AFTER} <= read.keys() else None


def _coverage(folder: Path) -> str:
    found = _stats(folder / "document_augmentation").get("coverage", {}).values()
    asked = sum(leaf["statements_with_rows"] for leaf in found)
    every = sum(leaf["statements"] for leaf in found)
    return f"{asked} of {every}" if every else "–"


def _steps(folder: Path) -> int:
    log = folder / AFTER / "log.jsonl"
    lines = (
        [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    )
    return max((line["step"] for line in lines if "step" in line), default=0)


def _stats(folder: Path) -> dict[str, Any]:
    file = folder / "stats.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return found


def _leaves(name: str, run: Measured) -> Iterator[str]:
    for line in run.report["outcome"]:
        if line["model"] == AFTER and line["leaf"] not in ("*", GENERAL):
            before = run.score(BEFORE, line["leaf"])["score"]
            reach = f"{line['score']:.0%} [{line['low']:.0%}, {line['high']:.0%}]"
            yield f"| {name} | {line['leaf']} | {line['n']} | {run.seed} | {before:.0%} | {reach} |"


def _yield(name: str, run: Measured) -> Iterator[str]:
    stages: dict[str, tuple[int, Counter[str]]] = {}
    for line in run.report["funnel"]:
        kept, why = stages.get(line["stage"], (0, Counter()))
        stages[line["stage"]] = (kept + line["kept"], why + Counter(line["rejected"]))
    for stage, (kept, why) in stages.items():
        told = ", ".join(f"{reason} {count}" for reason, count in why.most_common())
        yield f"| {name} | {stage} | {kept} | {told} |"


def misses(runs: Runs, place: Path) -> list[str]:
    """The targets that a run missed, each with its figure."""
    found: list[str] = []
    for name, measured in runs.items():
        wanted = TARGETS.get(name, TARGET)
        for run in measured:
            score = run.score(AFTER, "*")["score"]
            drop = run.score(BEFORE, GENERAL)["score"] - run.score(AFTER, GENERAL)["score"]
            more = perplexity(place / name / f"seed-{run.seed}")
            checks = [
                (f"{score:.0%} right, at least {wanted:.0%}", score >= wanted),
                (f"general −{drop:.0%}, at most {DROP:.0%}", drop <= DROP + 1e-9),
                (
                    f"perplexity {more or 0:+.0%}, at most {PERPLEXITY:+.0%}",
                    more is not None and more <= PERPLEXITY,
                ),
                (f"{run.seconds / 60:.1f} minutes, at most {MINUTES}", run.seconds <= MINUTES * 60),
                (f"{run.gigabytes:.1f} GB, at most {GIGABYTES}", run.gigabytes <= GIGABYTES),
            ]
            found += [f"{name}, seed {run.seed}: {text}" for text, met in checks if not met]
    return found


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
