"""Labels that a judge gave: how many were usable, and what they cost."""

from typing import Any

from pipeline.report.folder import RunFolder
from pipeline.report.origins import Samples
from pipeline.report.spend import attributed, per_sample


def judged_labels(run: RunFolder) -> dict[str, Any] | None:
    """USD per usable verdict of a judge, as a line of `per_accepted`; None where none judged.

    All that the judge was paid in the stages that hold its verdicts is charged to those that could
    be read: retries and unreadable replies too. The rows that it judged carry this cost as well.
    """
    judges, labels = _verdicts(run)
    if not judges:
        return None
    stages = list(dict.fromkeys(stage for stage, _ in judges))
    entries = [
        entry for entry in attributed(run, stages) if (entry["stage"], entry["model"]) in judges
    ]
    return per_sample(run, "label", Samples(labels), entries, stages)


def _verdicts(run: RunFolder) -> tuple[dict[tuple[str, str], None], int]:
    """Who judged in which stage, and how many verdicts could be read; each counts where it began.

    A judge's verdict on a row names its `model` and its `grade`, null where it said none.
    """
    seen: set[tuple[str, str, str]] = set()
    judges: dict[tuple[str, str], None] = {}
    labels = 0
    for stage in run.of_kind("rows"):
        for row in [*run.rows(stage), *run.rows(stage, "rejected")]:
            for verdict in row.get("verdicts") or []:
                if not verdict or "model" not in verdict:
                    continue
                name = (row["id"], str(verdict["by"]), str(verdict.get("keys")))
                if name not in seen:
                    seen.add(name)
                    judges[stage, str(verdict["model"])] = None
                    labels += verdict.get("grade") is not None
    return judges, labels
