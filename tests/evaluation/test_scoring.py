"""When a reply is right, by each metric, and what is said where it is not."""

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.evaluation.cases import Case, Metric
from tutelage.evaluation.scoring import score
from tutelage.models.chat import Completion, FinishReason, Request


def case(metric: Metric, *accept: str, tolerance: float = 0.0) -> Case:
    turn = ({"role": "user", "content": "?"},)
    return Case("1", "benchmark:x", "benchmark", turn, accept, (), metric, tolerance=tolerance)  # type: ignore[arg-type]


def said(text: str, reason: FinishReason = "stop", error: str | None = None) -> Completion:
    return Completion(Request("1", ()), text, reason, Usage(), error)


@pytest.mark.parametrize(
    ("metric", "accept", "text", "value"),
    [
        ("accept", "Leiden", "It is in Leiden.", 1),
        ("exact", "Leiden", "It is in Leiden.", 0),
        ("exact", "Leiden", "leiden.", 1),
        ("numeric", "1,200", "So the sum is 1200.", 1),
        ("numeric", "12.5", "About 12.4", 0),
        ("numeric", "12", "twelve", 0),
        ("token_f1", "old harbour", "the harbour", 2 / 3),
    ],
)
def test_each_metric(metric: Metric, accept: str, text: str, value: float) -> None:
    assert score(case(metric, accept), said(text))[0] == pytest.approx(value)


def test_numeric_within_a_tolerance() -> None:
    assert score(case("numeric", "12.5", tolerance=0.1), said("About 12.4"))[0] == 1


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (said("", "failed", "no route"), "failed: no route"),
        (said("", "filtered"), "withheld by the server"),
        (said(" "), "empty"),
        (said("It is", "length"), "cut: not accepted: none of Leiden"),
    ],
)
def test_what_was_not_answered_is_wrong_and_says_why(reply: Completion, why: str) -> None:
    assert score(case("accept", "Leiden"), reply) == (0.0, why)


def test_a_cut_answer_counts_by_what_it_says() -> None:
    assert score(case("accept", "Leiden"), said("Leiden, which", "length")) == (1.0, None)
