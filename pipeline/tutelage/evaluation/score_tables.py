"""Scores added up: by model and leaf, over all held-out examples, and over several attempts."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tutelage.core.artifacts import ScoreLine
from tutelage.evaluation.cases import PREFIX
from tutelage.evaluation.statistics.attempts import pass_at_k
from tutelage.evaluation.statistics.intervals import score_interval

Answers = list[dict[str, Any]]
GRADED = frozenset({"token_f1", "f1", "score"})
"""Metrics that also take values between wrong (0) and right (1); `score` is several together."""


def score_table(answers: Answers) -> list[ScoreLine]:
    """The scores by model and leaf.

    The leaf `*` is the mean over the held-out examples of the taxonomy; benchmarks stay apart.
    """
    table = []
    for model, leaves in _by_leaf(answers):
        held = [rows for leaf, rows in leaves.items() if not leaf.startswith(PREFIX)]
        for leaf, rows in leaves.items():
            table.append(_line(model, leaf, rows[0]["kind"], _metric(rows), [rows]))
        if held:
            metric = _metric([row for rows in held for row in rows])
            table.append(_line(model, "*", "*", metric if metric in GRADED else "right", held))
    return table


def _metric(rows: Answers) -> str:
    """The metric of some answers; where they have different ones `right`, or `score` if graded."""
    metrics = {str(row["metric"]) for row in rows}
    if len(metrics) == 1:
        return metrics.pop()
    return "score" if metrics & GRADED else "right"


def sampled_table(answers: Answers) -> list[ScoreLine]:
    """The same lines for pass@k and for the majority's answer, where attempts are many.

    k is 1, 2, 4, … and the number of attempts. An attempt passes where it is wholly right.
    """
    many = [row for row in answers if row.get("attempts")]
    table = []
    for model, leaves in _by_leaf(many):
        held = [rows for leaf, rows in leaves.items() if not leaf.startswith(PREFIX)]
        groups = {leaf: [rows] for leaf, rows in leaves.items()} | ({"*": held} if held else {})
        for leaf, group in groups.items():
            for metric, value in _measures(group[0][0]["attempts"]).items():
                kind = "*" if leaf == "*" else group[0][0]["kind"]
                table.append(_line(model, leaf, kind, metric, group, value))
    return table


def _measures(attempts: Answers) -> dict[str, Callable[[dict[str, Any]], float]]:
    found: dict[str, Callable[[dict[str, Any]], float]] = {"majority": lambda row: row["majority"]}
    doubled = (2**n for n in range(len(attempts).bit_length()))  # as far as there are attempts
    for k in dict.fromkeys([*doubled, len(attempts)]):
        found[f"pass@{k}"] = lambda row, k=k: _pass(row, k)  # type: ignore[misc]
    return found


def _pass(row: dict[str, Any], k: int) -> float:
    right = sum(attempt["score"] == 1 for attempt in row["attempts"])
    return pass_at_k(right, len(row["attempts"]), k)


def _by_leaf(answers: Answers) -> Iterator[tuple[str, dict[str, Answers]]]:
    """By model, by leaf, the answers that have a score of their own."""
    scored = [row for row in answers if row["score"] is not None]
    for model in dict.fromkeys(row["model"] for row in scored):
        leaves: dict[str, Answers] = {}
        for row in scored:
            if row["model"] == model:
                leaves.setdefault(row["leaf"], []).append(row)
        yield model, leaves


def _line(
    model: str,
    leaf: str,
    kind: str,
    metric: str,
    leaves: Iterable[Answers],
    value: Callable[[dict[str, Any]], float] = lambda row: row["score"],
) -> ScoreLine:
    scores = [[float(value(row)) for row in rows] for rows in leaves]
    flat = [score for group in scores for score in group]
    low, high = score_interval(scores)
    return {
        "model": model,
        "leaf": leaf,
        "kind": kind,
        "metric": metric,
        "n": len(flat),
        "score": sum(flat) / len(flat),
        "low": low,
        "high": high,
    }
