"""What a reward model of steps is worth: learnt from rollouts, then choosing and searching by it.

    python -m benchmarks.process_reward [--student DIR] [--problems 150] [--questions 100]
        [--out DIR] [--check] [--quick]

A student of worked word problems, as benchmarks.test_time trains it, attempts others; each
beginning of an attempt is completed several times (`step_pairs`, Math-Shepherd's way), a reward
model learns which beginnings lead on, and held-out answers are chosen, and drawn anew from the
first step that it thinks less of, by that. No arithmetic is checked on the way. Writes
benchmarks/process_reward.md. `--check` exits 1 where neither choosing nor searching by it beats one
answer beyond noise; `--quick` takes a random student, which shows the script working.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from tutelage.stages import VerifiableTasks
from tutelage.testing.tiny_student import write_tiny_student

from benchmarks.ending import finish
from benchmarks.reasoning import gain_in_words
from benchmarks.recipe_run import ROOT, machine, report_of

FILE = Path(__file__).with_suffix(".md")
TRAINED = ROOT / "runs" / "benchmark-test-time" / "seed-1" / "student"
SAMPLES = [1, 2, 4, 8]
STUDY = {
    "samples": SAMPLES,
    "choose": ["majority", "process"],
    "resample_steps": [0, 1, 2, 4],
    "resample_by": ["process"],
    "temperature": 0.7,
}


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--student", type=Path, default=TRAINED, help="trained by test_time")
    parser.add_argument("--problems", type=int, default=150, help="that steps are tried on")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--note", default="", help="what the page should say of the machine's load")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark-process-reward")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.out, options.problems, options.questions = options.out / "quick", 8, 6
    recipe = prepare(options)
    report = report_of(recipe, options.out)
    return finish(page(report, options), misses(report), FILE, options)


def prepare(options: argparse.Namespace) -> Path:
    """The recipe's file; with --quick a student that knows nothing beside it, and its own pairs."""
    options.out.mkdir(parents=True, exist_ok=True)
    student, pairs = options.student, None
    if options.quick:
        student, pairs = options.out / "tiny", options.out / "pairs.jsonl"
        if not student.exists():
            texts = [str(row["reasoning"]) for row in VerifiableTasks(rows=40).known_rows()]
            write_tiny_student(student, texts, hidden_size=64, layers=2, vocabulary=400, seed=1)
        known = [{"prompt": f"{n} + 1?", "chosen": f"{n + 1}", "rejected": "0"} for n in range(20)]
        pairs.write_text("".join(f"{json.dumps(one)}\n" for one in known), encoding="utf-8")
    recipe = {
        "seed": 1,
        "models": {"student": str(student.resolve())},
        "stages": stages(options, pairs),
    }
    file = options.out / "process_reward.yaml"
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return Path(file)


def stages(options: argparse.Namespace, pairs: Path | None) -> dict[str, Any]:
    """Attempts, what their beginnings are worth, the reward model, and the held-out questions."""
    tried = {"use": "responses", "rows": "problems", "model": "student", "help": "none"}
    known = {"use": "read", "file": str(pairs)}
    return {
        "problems": {"use": "verifiable", "rows": options.problems, "seed": 7},
        "attempts": tried | {"samples": 4, "temperature": 1.0, "max_tokens": 80},
        "beginnings": known
        if pairs
        else {"use": "step_pairs", "rows": "attempts", "model": "student", "rollouts": 4},
        "process": {
            "use": "reward",
            "student": "student",
            "rows": "beginnings",
            "epochs": 2,
            "max_length": 256,
            **({"chat_template": "chatml"} if pairs else {}),
        },
        "exam": {
            "use": "evaluate",
            "models": ["student"],
            "reward_model": "process",
            "tasks": {"rows": options.questions, "seed": 1},
            "general": False,
            "max_tokens": 80,
            "test_time": STUDY,
        },
    }


def misses(report: dict[str, Any]) -> list[str]:
    """What was not reached."""
    gains = [
        gain
        for gain in report["test_time"]["models"][0]["gains"]
        if gain["against"] == "one answer" and "process" in gain["name"]
    ]
    if any(gain["low"] > 0 for gain in gains):
        return []
    return ["neither choosing nor searching by the reward of steps beats one answer beyond noise"]


def page(report: dict[str, Any], options: argparse.Namespace) -> str:
    """The Markdown page."""
    study = report["test_time"]["models"][0]
    lines = [
        "# What a reward model of steps is worth",
        "",
        "`python -m benchmarks.process_reward` wrote this: the SmolLM2-135M of worked word "
        "problems of benchmarks.test_time; 4 rollouts of every beginning of 4 attempts at "
        f"{options.problems} problems; {study['questions']} others asked at temperature "
        f"{STUDY['temperature']}. Machine: {machine(report)}.",
        *(["", options.note] if options.note else []),
        "",
        "| strategy | answers | right [95%] | tokens |",
        "|---|--:|--:|--:|",
    ]
    for line in study["lines"]:
        more = f", {line['resample']} draws more" if line["resample"] else ""
        reach = f"[{100 * line['low']:.0f}, {100 * line['high']:.0f}]"
        lines.append(
            f"| {line['name']}{more} | {line['samples']} | {line['score']:.1%} {reach} | "
            f"{line['tokens']:.0f} |"
        )
    lines.append("")
    for gain in study["gains"]:
        if gain["samples"] == SAMPLES[-1] or gain["resample"]:
            lines.append(f"- {gain_in_words(gain)}")
    return "\n".join([*lines, *(f"- {word}" for word in study["words"]), ""])


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
