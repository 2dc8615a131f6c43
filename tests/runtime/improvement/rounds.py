"""Rounds as a loop finds them, made up."""

from pathlib import Path

from tutelage.accounting.ledger import Usage
from tutelage.core.artifacts import Row
from tutelage.runtime.improvement.round_result import Round
from tutelage.runtime.improvement.steering import LeafScore

LEAVES = ("knowledge/a", "knowledge/b")


def made_round(number: int, right: int, of: int = 40, rows: list[Row] | None = None) -> Round:
    """A round that answers the first `right` of so many questions; its base answers none."""
    names = [(LEAVES[n % 2], f"q{n}") for n in range(of)]
    answers = {name: float(n < right) for n, name in enumerate(names)}
    by_leaf = {
        leaf: [score for (one, _), score in answers.items() if one == leaf] for leaf in LEAVES
    }
    scores = {
        leaf: LeafScore(sum(found) / len(found), len(found)) for leaf, found in by_leaf.items()
    }
    scores["*"] = LeafScore(right / of, of)
    return Round(
        number,
        Path(f"loop/round-{number}"),
        "student",
        "sft",
        dict.fromkeys(answers, 0.0),
        answers,
        scores,
        rows or [{"id": f"r{n}", "leaf": leaf} for n, leaf in enumerate(LEAVES)],
        {(f"k{number}", 1, 1): Usage(1, 1, output_tokens=1)},
    )
