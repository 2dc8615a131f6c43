"""What more answers at the time of asking buy: word problems, every chooser, one pool of answers.

    python -m benchmarks.test_time [--seeds 1 2 3] [--questions 100] [--rows 120]
        [--temperature 0.7] [--student DIR] [--out DIR] [--check] [--quick]

By seed, the embedded 135M model is trained on worked word problems, then answers others 16 times
each, at the temperature of Wang et al. 2022 (self-consistency); a small reward model is trained on
pairs of a right and a wrong answer. Writes benchmarks/test_time.md, means over the seeds.
`--student` takes a checkpoint that such a run has trained. `--check` exits 1 where a target is
missed; `--quick` takes a random student instead of a trained one, which shows the script working.
"""

import argparse
import json
import math
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml
from tutelage.core.artifacts import Row, question_of
from tutelage.evaluation.test_time.strategies import GREEDY
from tutelage.stages import VerifiableTasks
from tutelage.testing.tiny_student import write_tiny_student

from benchmarks.ending import finish
from benchmarks.recipe_run import EMBEDDED, ROOT, machine, report_of

FILE = Path(__file__).with_suffix(".md")
PAIRS = 160
SAMPLES = [1, 2, 4, 8, 16]
ONE = "one answer"
LINE = ("name", "samples", "resample")
GAIN = (*LINE, "against")
Study = dict[str, Any]


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--rows", type=int, default=120, help="worked problems learnt")
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--note", default="", help="what the page should say of the machine's load")
    parser.add_argument("--student", type=Path, help="a student trained by an earlier run")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark-test-time")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.out, options.questions, options.seeds = options.out / "quick", 10, [1]
    places = {seed: options.out / f"seed-{seed}" for seed in options.seeds}
    reports = [report_of(prepare(out, options, seed), out) for seed, out in places.items()]
    studies = [report["test_time"]["models"][0] for report in reports]
    text = page(reports[0], studies, options)
    return finish(text, misses(studies), FILE, options)


def prepare(out: Path, options: argparse.Namespace, seed: int) -> Path:
    """The recipe with its files: pairs, and a small untrained model."""
    student, quick = options.student, options.quick
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
    training = {} if student else _training(options.rows, seed, quick=quick)
    recipe: dict[str, Any] = {
        "seed": seed,
        "machine": {"usd_per_hour": 0.1},
        "models": models | {"tiny": str(tiny)},
        "stages": training | _exam(pairs, options, seed),
    }
    file = out / "test_time.yaml"
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return file


def _training(rows: int, seed: int, *, quick: bool) -> dict[str, Any]:
    """A student of worked problems, as in recipes/reasoning.yaml."""
    return {
        "worked": {"use": "verifiable", "rows": rows, "seed": seed, "answered": True},
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


def _exam(pairs: Path, options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """A small reward model, and the study of the student."""
    quick = options.quick
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
            "tasks": {"rows": options.questions, "seed": seed},
            "general": False,
            "max_tokens": 80,
            "test_time": {
                "samples": SAMPLES[:3] if quick else SAMPLES,
                "choose": ["majority", "verifier", "reward"],
                "verify": ["steps"],
                "temperature": options.temperature,
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


def misses(studies: Sequence[Study]) -> list[str]:
    """The targets that were not reached."""
    found, last = [], SAMPLES[-1]
    wanted = [
        ("majority", 8, ONE, "the majority of 8 is not beyond noise better than one answer"),
        ("verifier", last, f"majority of {last}", "checked steps choose no better than a vote"),
    ]
    gains = {key: _mean(of) for key, of in _by_key(studies, "gains", GAIN).items()}
    for name, samples, against, miss in wanted:
        gain = gains.get((name, samples, 0, against))
        if gain is None or gain.low <= 0:
            found.append(miss)
    fall = gains.get(("reward", last, 0, ONE))
    if fall is None or fall.high >= 0:
        found.append("no over-optimisation of the reward model beyond noise was seen")
    for number, study in enumerate(studies, 1):
        law = next((one for one in study["laws"] if one["name"] == "majority"), None)
        if law is None or not (law["check"] and law["check"]["inside"]):
            found.append(f"run {number}: the law of the majority predicts {last} outside its band")
    return found


@dataclass(frozen=True, slots=True)
class Mean:
    """Of the runs of all seeds, with the 95% interval that follows from theirs."""

    value: float
    low: float
    high: float


def _mean(ones: Sequence[dict[str, Any]], name: str = "difference") -> Mean:
    value = fmean(one[name] for one in ones)
    below = math.hypot(*(one[name] - one["low"] for one in ones)) / len(ones)
    above = math.hypot(*(one["high"] - one[name] for one in ones)) / len(ones)
    return Mean(value, value - below, value + above)


def _by_key(
    studies: Sequence[Study], part: str, names: Sequence[str]
) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """What each study says of the same thing, in the order of the first."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for one in (one for study in studies for one in study[part]):
        found.setdefault(tuple(one[name] for name in names), []).append(one)
    return {key: of for key, of in found.items() if len(of) == len(studies)}


def page(report: dict[str, Any], studies: Sequence[Study], options: argparse.Namespace) -> str:
    """The Markdown page."""
    lines = [
        "# What more answers at the time of asking buy",
        "",
        f"`python -m benchmarks.test_time` wrote this: SmolLM2-135M trained on {options.rows} "
        f"worked word problems of three steps, {studies[0]['questions']} others asked that no "
        f"training can hold, at temperature {options.temperature:g}. Means of the seeds "
        f"{', '.join(map(str, options.seeds))}, each with its own rows and questions; intervals "
        "of 95%.",
        f"Machine: {machine(report)}.",
        *(["", options.note] if options.note else []),
        "",
        "| strategy | answers | right [95%] | by seed | tokens |",
        "|---|--:|--:|---|--:|",
    ]
    for (name, samples, resample), of in _by_key(studies, "lines", LINE).items():
        more = f", {resample} draws more" if resample else ""
        mean, each = _mean(of, "score"), ", ".join(f"{one['score']:.0%}" for one in of)
        lines.append(
            f"| {name}{more} | {samples} | {mean.value:.1%} [{100 * mean.low:.0f}, "
            f"{100 * mean.high:.0f}] | {each} | {fmean(one['tokens'] for one in of):.0f} |"
        )
    lines += ["", "| | against | points [95%] |", "|---|---|--:|"]
    for (name, samples, resample, against), of in _by_key(studies, "gains", GAIN).items():
        if samples >= 8 or resample or name == GREEDY:
            more, mean = f", {resample} draws more" if resample else "", _mean(of)
            what = f"{name} of {samples}" if samples > 1 else name
            points = [f"{100 * value:+.1f}" for value in (mean.value, mean.low, mean.high)]
            lines.append(f"| {what}{more} | {against} | {points[0]} [{points[1]}, {points[2]}] |")
    for seed, study in zip(options.seeds, studies, strict=True):
        said = [*study["words"], *(fall["words"] for fall in study["overuse"])]
        lines += ["", f"## Seed {seed}", "", *(f"- {one}" for one in dict.fromkeys(said))]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
