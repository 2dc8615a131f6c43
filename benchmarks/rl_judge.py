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


def judge_table(place: Path, seed: int, tasks: Mapping[str, str], folder: Path) -> list[str]:
    """A line for each task."""
    duels = _judged(place, seed, tasks, folder / str(seed))
    checked = {
        (row["model"], row["leaf"], row["example"]): row["score"]
        for row in Scores.load(place / "evaluate").answers
    }
    lines = [
        "The judge is a reward model, trained on the pairs that `dpo` learnt from: right and wrong",
        "answers of the start to the prompts for training. Answers that are the same are ties. The",
        "last column says how far it can be trusted: of pairs with one right answer, by the",
        "checks, how often it takes that one.",
        "",
        "| | GRPO's answer wins, length controlled [95%] | ties | right one taken |",
        "|---|---|--:|--:|",
    ]
    for rate in duels.stats["win_rates"]:
        decided = []
        for row in duels.answers:
            if row["leaf"] == rate["leaf"] and row.get("judged") in ("win", "loss"):
                key = (row["leaf"], row["example"])
                gain = checked["grpo", *key] - checked["control", *key]
                decided += [(row["judged"] == "win") == (gain > 0)] if gain else []
        wins = f"{rate['score']:.0%} [{rate['low']:.0%}, {rate['high']:.0%}] of {rate['n']}"
        cells = [tasks[rate["leaf"]], wins, f"{rate['ties']}"]
        lines.append(f"| {' | '.join([*cells, f'{sum(decided)} of {len(decided)}'])} |")
    return lines


def _judged(place: Path, seed: int, tasks: Iterable[str], folder: Path) -> Scores:
    """GRPO's answers beside the control's, each with the judge's verdict."""
    models = ("control", "grpo")
    names = [task.removeprefix("benchmark:") for task in tasks]
    exam = {
        name: {"path": str(ROOT / "recipes" / "rl" / f"{name}.jsonl"), "metric": "win_rate"}
        for name in names
    }
    recipe = {
        "seed": seed,
        "models": {name: str(place.resolve() / name) for name in ("cold", *models)},
        "stages": {
            "pairs": {"use": "read", "file": str(place.resolve() / "pairs")},
            "reward": REWARD,
            "duels": {
                "use": "evaluate",
                "models": [*models],
                "reward_model": "reward",
                "benchmarks": exam,
                "general": False,
                "max_tokens": 40,
            },
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    measure(file, seed, folder, again=False)
    return Scores.load(folder / "duels")
