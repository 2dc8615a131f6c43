"""A judge asked from a training process: its grades, its errors, what its budget holds it to."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.core.errors import BudgetReached, StageError
from tutelage.models.budget import Budgets, Limits
from tutelage.models.chat import Message
from tutelage.models.journal import Journal
from tutelage.training.judge_link import JudgeLink, judge_for_training
from tutelage.training.rewards.judged import JudgeReward
from tutelage.training.rewards.reward_term import Rollout, Scoring

from tests.judging import judges
from tests.stages.fakes import row, scripted

LONG = "Twenty-five crowns for one night, paid at the office."
JUDGE = scripted("by_length", judges.__name__)


def rollouts(*texts: str) -> list[Rollout]:
    asked = row("a", prompt=[{"role": "user", "content": "What does it cost?"}])
    return [Rollout(asked, text, 5) for text in texts]


def test_grades_come_in_order_and_are_paid_in_this_process(tmp_path: Path) -> None:
    context = local_context(tmp_path)
    with judge_for_training(context, JUDGE) as job:
        link, of_another_device = (JudgeLink(**job["judge"]) for _ in range(2))
        assert link("pair", rollouts(LONG, "25", LONG)) == [1.0, 0.0, 1.0]
        assert of_another_device("pair", rollouts("25")) == [0.0]
    assert context.ledger.total().requests == 2  # equal answers are asked about once
    context.journal.close()


def test_a_term_may_ask_for_several_votes_on_each_answer(tmp_path: Path) -> None:
    context = local_context(tmp_path)
    with judge_for_training(context, JUDGE) as job:
        score = JudgeReward(votes=3).scorer(Scoring(judge=JudgeLink(**job["judge"])))
        assert score(rollouts(LONG, "25")) == [1.0, 0.0]
    assert context.ledger.total().requests == 6
    context.journal.close()


def test_votes_on_an_answer_are_not_asked_for_again_after_a_resume(tmp_path: Path) -> None:
    context = local_context(tmp_path)
    with judge_for_training(context, JUDGE) as job:
        assert JudgeLink(**job["judge"])("pair", rollouts(LONG, "25"), votes=3) == [1.0, 0.0]
    with judge_for_training(context, JUDGE) as job:  # which goes on in another order
        assert JudgeLink(**job["judge"])("pair", rollouts("25", LONG), votes=3) == [0.0, 1.0]
    assert context.ledger.total().requests == 6
    context.journal.close()


def test_other_machines_reach_it_at_the_address_of_the_run(tmp_path: Path) -> None:
    context = local_context(tmp_path)
    nodes = SimpleNamespace(address="127.0.0.2")  # of this machine too
    several = replace(context, accelerate={"machines": 2}, machines=nodes)  # type: ignore[arg-type]
    with judge_for_training(several, JUDGE) as job:
        assert job["judge"]["address"][0] == "127.0.0.2"
        assert JudgeLink(**job["judge"])("pair", rollouts("25")) == [0.0]
    context.journal.close()


def test_a_budget_that_is_reached_ends_the_training_with_its_own_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    plain = local_context(tmp_path / "plain")
    context = Context(
        "grpo",
        tmp_path,
        1,
        journal,
        plain.ledger,
        plain.progress,
        budgets=Budgets(Limits(requests=1)),
    )
    with pytest.raises(BudgetReached), judge_for_training(context, JUDGE) as job:
        link = JudgeLink(**job["judge"])
        assert link("pair", rollouts(LONG)) == [1.0]
        with pytest.raises(StageError) as told:
            link("pair", rollouts("25"))
        raise StageError("the training process ended") from told.value
    for one in (journal, plain.journal):
        one.close()


def test_without_a_judge_there_is_nothing_to_reach(tmp_path: Path) -> None:
    context = local_context(tmp_path)
    with judge_for_training(context, None) as job:
        assert job == {}
    context.journal.close()


def knowing(messages: tuple[Message, ...], seed: int) -> str:
    """Grades by what it is shown beside the answer."""
    shown = messages[-1]["content"]
    wanted = ("High water at a place.", "At 14:20.", "And tomorrow?")
    return f"Reason.\nGrade: {3 if all(one in shown for one in wanted) else 1}"


def test_a_judge_sees_the_turns_before_and_the_tools(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "When is high water?"},
        {"role": "assistant", "content": "At 14:20."},
        {"role": "user", "content": "And tomorrow?"},
    ]
    tide = {"name": "tide", "description": "High water at a place."}
    asked = row("a", prompt=turns, tools=[{"type": "function", "function": tide}])
    context = local_context(tmp_path)
    with judge_for_training(context, scripted("knowing", __name__)) as job:
        assert JudgeLink(**job["judge"])("pair", [Rollout(asked, "At 15:02.", 5)]) == [1.0]
    context.journal.close()
