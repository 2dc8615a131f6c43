"""When a reply is right, by each metric, and what is said where it is not."""

from dataclasses import replace

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.evaluation.cases import Case, Metric
from tutelage.evaluation.scoring import Scored, score
from tutelage.models.chat import Completion, FinishReason, Request
from tutelage.verifiers.verifier import build_verifiers


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
    assert score(case(metric, accept), said(text)).value == pytest.approx(value)


def test_numeric_within_a_tolerance() -> None:
    assert score(case("numeric", "12.5", tolerance=0.1), said("About 12.4")).value == 1


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
    assert score(case("accept", "Leiden"), reply) == Scored(0.0, why)


def test_a_cut_answer_counts_by_what_it_says() -> None:
    assert score(case("accept", "Leiden"), said("Leiden, which", "length")) == Scored(1.0)


@pytest.mark.parametrize(
    ("text", "value", "partial"),
    [
        ("Leiden", 1, 1),
        ("Leiden, in the very middle of it", 0, 2 / 3),
        ("It is", 0, 1 / 3),
        ("", 0, 0),
    ],
)
def test_right_is_who_meets_all_demands_and_the_mean_is_kept(
    text: str, value: float, partial: float
) -> None:
    demands = build_verifiers([{"max_words": 3}, {"contains": "Leiden"}], "here")
    found = score(replace(case("accept", "Leiden"), verifiers=demands), said(text))
    assert found.value == value
    assert found.partial == pytest.approx(partial)
    assert (found.why is None) == (value == 1)
