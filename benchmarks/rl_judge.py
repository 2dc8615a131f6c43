"""How often a reward model prefers GRPO's answers to the control's, and how far to trust it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from tutelage.core.artifacts import Scores

from benchmarks.recipe_run import ROOT, measure

REWARD = {
    "student": "cold",
    "rows": "pairs",
    "epochs": 2,
    "batch_size": 8,
    "learning_rate": 3e-5,
    "max_length": 128,
}


MODELS = ("control", "grpo")


def judge_table(places: Mapping[int, Path], tasks: Mapping[str, str], folder: Path) -> list[str]:
    """A line for each seed and task; the first seed's run has the pairs for the reward model."""
    judged = _judged(places, tasks, folder)
    lines = [
        "The judge is a reward model, trained on the pairs that `dpo` learnt from: right and wrong",
        "answers of the start to the prompts for training. Answers that are the same are ties. The",
        "last column says how far it can be trusted: of pairs with one right answer, by the",
        "checks, how often it takes that one.",
        "",
        "| seed | | GRPO's answer wins, length controlled [95%] | ties | right one taken |",
        "|--:|---|---|--:|--:|",
    ]
    for seed, duels in judged.items():
        checked = {
            (row["model"], row["leaf"], row["example"]): row["score"]
            for row in Scores.load(places[seed] / "evaluate").answers
        }
        for rate in duels.stats["win_rates"]:
            taken = _right_ones(rate["leaf"], duels, checked)
            wins = f"{rate['score']:.0%} [{rate['low']:.0%}, {rate['high']:.0%}] of {rate['n']}"
            cells = [str(seed), tasks[rate["leaf"]], wins, str(rate["ties"])]
            lines.append(f"| {' | '.join([*cells, f'{sum(taken)} of {len(taken)}'])} |")
    return lines


def _right_ones(
    leaf: str, duels: Scores, checked: Mapping[tuple[str, str, str], float]
) -> list[bool]:
    """Of pairs with one right answer, whether the judge takes it."""
    found = []
    for row in duels.answers:
        if row["leaf"] == leaf and row.get("judged") in ("win", "loss"):
            gain = checked["grpo", leaf, row["example"]] - checked["control", leaf, row["example"]]
            found += [(row["judged"] == "win") == (gain > 0)] if gain else []
    return found


def _judged(places: Mapping[int, Path], tasks: Iterable[str], folder: Path) -> dict[int, Scores]:
    """By seed: GRPO's answers beside the control's, each with the judge's verdict."""
    first = next(iter(places.values())).resolve()
    names = [task.removeprefix("benchmark:") for task in tasks]
    exam = {
        name: {"path": str(ROOT / "recipes" / "rl" / f"{name}.jsonl"), "metric": "win_rate"}
        for name in names
    }
    asked = {
        "use": "evaluate",
        "reward_model": "reward",
        "benchmarks": exam,
        "general": False,
        "max_tokens": 40,
    }
    recipe = {
        "models": {"cold": str(first / "cold")}
        | {
            f"{name}_{n}": str((at / name).resolve()) for n, at in places.items() for name in MODELS
        },
        "stages": {"pairs": {"use": "read", "file": str(first / "pairs")}, "reward": REWARD}
        | {f"duels_{n}": asked | {"models": [f"{name}_{n}" for name in MODELS]} for n in places},
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    measure(file, 1, folder, again=False)
    return {seed: Scores.load(folder / f"duels_{seed}") for seed in places}
