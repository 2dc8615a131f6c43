"""What more answers at the time of asking buy: word problems, every chooser, one pool of answers.

    python -m benchmarks.test_time [--questions 100] [--rows 120] [--student DIR] [--out DIR]
        [--check] [--quick]

The embedded 135M model is trained on worked word problems, then answers others 16 times each;
a small reward model is trained on pairs of a right and a wrong answer. Writes
benchmarks/test_time.md. `--student` takes a checkpoint that such a run has trained. `--check`
exits 1 where a target is missed; `--quick` takes a random student instead of a trained one, which
shows the script working.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from tutelage.core.artifacts import Row, question_of
from tutelage.evaluation.test_time.findings import ONE_GREEDY
from tutelage.evaluation.test_time.overuse import CERTAIN
from tutelage.stages import VerifiableTasks
from tutelage.testing.tiny_student import write_tiny_student

from benchmarks.ending import finish
from benchmarks.recipe_run import EMBEDDED, ROOT, machine

FILE = Path(__file__).with_suffix(".md")
PAIRS = 160
SAMPLES = [1, 2, 4, 8, 16]
Study = dict[str, Any]


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--rows", type=int, default=120, help="worked problems learnt")
    parser.add_argument("--note", default="", help="what the page should say of the machine's load")
    parser.add_argument("--student", type=Path, help="a student trained by an earlier run")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark-test-time")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    out = options.out / "quick" if options.quick else options.out
    questions = 10 if options.quick else options.questions
    recipe = prepare(out, questions, options.rows, options.student, quick=options.quick)
    command = [sys.executable, "-m", "tutelage.cli", "run", str(recipe), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    (study,) = report["test_time"]["models"]
    text = page(report, study, options.rows, options.note)
    return finish(text, misses(study), FILE, options)


def prepare(out: Path, questions: int, rows: int, student: Path | None, *, quick: bool) -> Path:
    """The recipe with its files: pairs, and a small untrained model."""
    pairs, tiny = out / "data" / "pairs.jsonl", out / "data" / "tiny"
    pairs.parent.mkdir(parents=True, exist_ok=True)
    made = VerifiableTasks(rows=PAIRS, seed=2).known_rows()
    lines = [_pair(random.Random(number), row) for number, row in enumerate(made)]
    pairs.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    if not tiny.exists():
        texts = [f"{question_of(row)}\n{row['reasoning']}\nAnswer:" for row in made]
        write_tiny_student(tiny, texts, hidden_size=128, layers=2, vocabulary=600, seed=1)
    small = str(tiny) if quick else EMBEDDED
    models = {"student": str(student.resolve())} if student else {"small": small}
    stages = ({} if student else _training(rows, quick=quick)) | _exam(pairs, questions, quick)
    recipe: dict[str, Any] = {
        "seed": 1,
        "machine": {"usd_per_hour": 0.1},
        "models": models | {"tiny": str(tiny)},
        "stages": stages,
    }
    file = out / "test_time.yaml"
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return file


def _training(rows: int, *, quick: bool) -> dict[str, Any]:
    """A student of worked problems, as in recipes/reasoning.yaml."""
    return {
        "worked": {"use": "verifiable", "rows": rows, "answered": True},
        "student": {
            "use": "sft",
            "student": "small",
            "rows": "worked",
            "reasoning": "plain",
            "epochs": 1 if quick else 5,
            "learning_rate": 1e-4,
            "max_length": 256,
            "chat_template": "chatml",
        },
    }


def _exam(pairs: Path, questions: int, quick: bool) -> dict[str, Any]:
    """A small reward model, and the study of the student."""
    return {
        "choices": {"use": "read", "file": str(pairs)},
        "scorer": {
            "use": "reward",
            "student": "tiny",
            "rows": "choices",
            "epochs": 1 if quick else 2,
            "learning_rate": 1e-3,
            "chat_template": "chatml",
        },
        "exam": {
            "use": "evaluate",
            "models": ["student"],
            "reward_model": "scorer",
            "tasks": {"rows": questions},
            "general": False,
            "max_tokens": 80,
            "test_time": {
                "samples": SAMPLES[:3] if quick else SAMPLES,
                "choose": ["majority", "verifier", "reward"],
                "verify": ["steps"],
                "resample_steps": [0, 1, 2] if quick else [0, 1, 2, 4, 8],
            },
        },
    }


def _pair(rng: random.Random, row: Row) -> dict[str, Any]:
    """A worked answer, and the same with one step wrong and what follows from it."""
    off = rng.choice([-10, -2, -1, 1, 2, 10])
    steps, result = str(row["reasoning"]).splitlines(), int(row["answer"])
    wrong = list(steps)
    place = rng.randrange(len(wrong))
    left, _, stated = wrong[place].rpartition(" = ")
    wrong[place] = f"{left} = {int(stated) + off}"
    chosen = "\n".join([*steps, f"Answer: {result}"])
    rejected = "\n".join([*wrong, f"Answer: {result + off}"])
    return {
        "leaf": row["leaf"],
        "prompt": row["prompt"],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
    }


def misses(study: Study) -> list[str]:
    """The targets that were not reached."""
    found = []
    if not _beyond(_gain(study, "majority", 8)):
        found.append("the majority of 8 is not beyond noise better than one answer")
    if not _beyond(_gain(study, "verifier", SAMPLES[-1], "majority")):
        found.append("checked steps do not choose better than the majority")
    law = next((one for one in study["laws"] if one["name"] == "majority"), None)
    if law is None or not (law["check"] and law["check"]["inside"]):
        found.append("the law of the majority on N <= 8 does not predict N = 16 inside its band")
    if not _beyond(_gain(study, "majority", 8, "", ONE_GREEDY)):
        found.append("the majority of 8 is not beyond noise better than one greedy answer")
    if not any(one["name"] == "reward" and one["verdict"] == CERTAIN for one in study["overuse"]):
        found.append("no over-optimisation of the reward model beyond noise was seen")
    return found


def _gain(
    study: Study, name: str, samples: int, against: str = "", one: str = "one answer"
) -> dict[str, Any] | None:
    """Of a strategy at a number of answers against one answer, or against a rival at the same."""
    wanted = f"{against} of {samples}" if against else one
    return next(
        (
            gain
            for gain in study["gains"]
            if (gain["name"], gain["samples"], gain["against"]) == (name, samples, wanted)
        ),
        None,
    )


def _beyond(gain: dict[str, Any] | None) -> bool:
    return gain is not None and gain["low"] > 0


def page(report: dict[str, Any], study: Study, rows: int, note: str) -> str:
    """The Markdown page."""
    lines = [
        "# What more answers at the time of asking buy",
        "",
        "`python -m benchmarks.test_time` wrote this: SmolLM2-135M trained on "
        f"{rows} worked word problems of three steps, {study['questions']} others asked that no "
        "training can hold.",
        f"Machine: {machine(report)}.",
        *(["", note] if note else []),
        "",
        "| strategy | answers | right [95%] | tokens |",
        "|---|--:|--:|--:|",
    ]
    for line in study["lines"]:
        more = f", {line['resample']} draws more" if line["resample"] else ""
        interval = f"[{100 * line['low']:.0f}, {100 * line['high']:.0f}]"
        lines.append(
            f"| {line['name']}{more} | {line['samples']} | {line['score']:.1%} {interval} | "
            f"{line['tokens']:.0f} |"
        )
    said = [*study["words"], *(fall["words"] for fall in study["overuse"])]
    return "\n".join([*lines, "", *(f"- {one}" for one in dict.fromkeys(said)), ""])


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
