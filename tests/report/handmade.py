"""Writing a run folder by hand, as the runner would: two leaves, a teacher, rows and scores."""

import json
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row, Rows, ScoreLine, Scores
from tutelage.evaluation.statistics.intervals import score_interval
from tutelage.report.baselines import load_baselines

HOSTILE = "<script>alert('pwned')</script>"
LEAVES = ("knowledge/a", "compositional_skills/b")


class HandMade:
    """Writes a run folder stage by stage, as the runner does."""

    def __init__(self, path: Path) -> None:
        """An empty run."""
        self.path = path
        self.stages: list[dict[str, Any]] = []
        self.spent: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {
            "schema": 1,
            "recipe": "handmade",
            "command": "tutelage run recipes/handmade.yaml",
            "models": {"teacher": {"ref": "http://host/v1#big", "identity": "0"}},
            "machine": {"usd_per_hour": 3.6},
            "authoring": {"hours": 2, "usd_per_hour": 25},
            "baselines": [line.model_dump() for line in load_baselines(None)],
        }

    def stage(
        self,
        name: str,
        artifact: Rows | Scores | None,
        inputs: dict[str, list[dict[str, str]]],
        ledger: list[dict[str, Any]],
    ) -> Path:
        """Add a finished stage; None stands for a checkpoint. Its uses count as spent now."""
        folder = self.path / name
        folder.mkdir(parents=True)
        if artifact is not None:
            artifact.save(folder)
        kind = artifact.kind if artifact is not None else "checkpoint"
        funnel = artifact.funnel() if isinstance(artifact, Rows) else {}
        for counts in funnel.values():
            counts["rows_in"] = counts["kept"] + sum(counts["rejected"].values())
        manifest = {"kind": kind, "inputs": inputs, "funnel": funnel, "ledger": ledger}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        self.stages.append({"name": name, "kind": kind, "hit": False, "seconds": 1.0})
        self.spent += ledger
        self.write()
        return folder

    def write(self) -> None:
        """Write run.json."""
        self.path.mkdir(parents=True, exist_ok=True)
        facts = self.facts | {"stages": self.stages, "spent": self.spent}
        (self.path / "run.json").write_text(json.dumps(facts))


def use(
    stage: str,
    usd: str | None = "0",
    seconds: float = 0,
    leaf: str = "*",
    model: str = "teacher",
    *,
    now: bool = True,
    judging: bool = False,
) -> dict[str, Any]:
    """A ledger entry."""
    usage = {
        "requests": 1,
        "input_tokens": 10,
        "output_tokens": 5,
        "seconds": seconds,
        "usd": usd,
    }
    nothing = {"requests": 0, "seconds": 0, "usd": "0"}
    spent = usage if now else nothing
    return {
        "stage": stage,
        "leaf": leaf,
        "model": model,
        "usage": usage,
        "spent": spent,
        "judging": judging,
    }


def rows(name: str, count: int, parent: str = "seed", **columns: Any) -> list[Row]:
    """Rows of one stage, half of them of each leaf; each has the parent of the same number."""
    return [
        {
            "id": f"{name}:{number}",
            "leaf": LEAVES[number % 2],
            "parents": [f"{parent}:{number}"],
            "prompt": [{"role": "user", "content": f"Question {number}? {HOSTILE}"}],
        }
        | columns
        for number in range(count)
    ]


def said(text: str) -> list[dict[str, str]]:
    """One assistant turn."""
    return [{"role": "assistant", "content": text}]


def scores(results: dict[str, tuple[list[int], list[int]]]) -> Scores:
    """Scores from right (1) and wrong (0) answers by model, for the two leaves."""
    table, answers = list[ScoreLine](), []
    for model, by_leaf in results.items():
        for leaf, marks in zip(LEAVES, by_leaf, strict=True):
            answers += [
                {
                    "model": model,
                    "leaf": leaf,
                    "example": f"held:{number}",
                    "question": f"Held out {number}? {HOSTILE}",
                    "answer": HOSTILE,
                    "score": float(mark),
                    "why": None if mark else "cut: the answer reached max_tokens",
                }
                for number, mark in enumerate(marks)
            ]
            table.append(score_line(model, leaf, leaf.split("_")[0].split("/")[0], [marks]))
        table.append(score_line(model, "*", "*", list(by_leaf)))
    return Scores(table, answers)


def score_line(
    model: str, leaf: str, kind: str, groups: list[list[int]], metric: str = "right"
) -> ScoreLine:
    """A line of a score table from right (1) and wrong (0) answers."""
    marks = [mark for group in groups for mark in group]
    low, high = score_interval(groups)
    return {
        "model": model,
        "leaf": leaf,
        "kind": kind,
        "metric": metric,
        "n": len(marks),
        "score": sum(marks) / len(marks),
        "low": low,
        "high": high,
    }
