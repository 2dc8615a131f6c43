"""Win rates from a scripted judge: who is asked, what counts as a tie, what a report gets."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Ledger
from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint
from tutelage.core.config import parse
from tutelage.core.errors import RecipeError
from tutelage.evaluation.answer_duels import Rivals, by_judge, by_reward
from tutelage.evaluation.cases import Case
from tutelage.judging.rubric import load_rubric
from tutelage.models.answered import Answered
from tutelage.models.chat import Message
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Evaluate
from tutelage.taxonomy.leaf import Taxonomy


def plain(messages: tuple[Message, ...], seed: int) -> str:
    """Answers without care."""
    question = messages[-1]["content"]
    return "Same." if "same" in question else "Bad."


def careful(messages: tuple[Message, ...], seed: int) -> str:
    """Answers with care."""
    question = messages[-1]["content"]
    return "Same." if "same" in question else "Good."


def judge(messages: tuple[Message, ...], seed: int) -> str:
    """Prefers what is good, but of a riddle whatever stands first; cannot speak of poems."""
    text = messages[-1]["content"]
    if "poem" in text:
        return "I would rather not say."
    if "riddle" in text:
        return "It is the first.\nBetter: A"
    better = "A" if text.index("Good.") < text.index("Bad.") else "B"
    return f"It is good.\nBetter: {better}"


def model(name: str) -> Model:
    text = f"scripted:{__name__}:{name}"
    reference = parse_reference(text, Path())
    return Model(name, reference, ModelConfig(ref=text), reference.identity())


def stage(folder: Path, *questions: str, **settings: Any) -> Evaluate:
    file = folder / "open.jsonl"
    file.write_text("".join(json.dumps({"question": one}) + "\n" for one in questions))
    given = {"path": str(file), "metric": "win_rate"}
    return parse(Evaluate, {"general": False, "benchmarks": {"open": given}} | settings, "recipe")


def test_wins_ties_and_what_could_not_be_told(tmp_path: Path, context: Context) -> None:
    made = stage(tmp_path, "One?", "Two?", "The same?", "A riddle?", "A poem?")
    scores = made.run(context, [model("plain"), model("careful")], judge=model("judge"))
    (line,) = scores.stats["win_rates"]
    assert (line["model"], line["against"]) == ("careful", "plain")
    assert (line["wins"], line["ties"], line["losses"]) == (2, 3, 0)
    assert (line["inconsistent"], line["unparsable"]) == (1, 1)
    assert line["raw"] == 0.7
    (listed,) = scores.table
    assert (listed["model"], listed["leaf"]) == ("careful", "benchmark:open")
    assert (listed["metric"], listed["score"]) == ("win_rate", line["score"])
    judged = [row.get("judged") for row in scores.answers if row["model"] == "careful"]
    assert judged == ["win", "win", "tie", "inconsistent", "unparsable"]


def test_a_reward_model_compares_where_there_is_no_judge(
    tmp_path: Path, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered: list[str] = []

    def scores(folder: Path, given: Sequence[Answered]) -> list[float]:
        answered.extend(one.text for one in given)
        return [float(len(one.text)) for one in given]

    monkeypatch.setattr("tutelage.evaluation.answer_duels.reward_scores", scores)
    monkeypatch.setattr("tutelage.stages.evaluate.check_reward_model", lambda folder: None)
    made = stage(tmp_path, "One?", "The same?")
    reward = Checkpoint(tmp_path)
    (line,) = made.run(context, [model("plain"), model("careful")], reward_model=reward).stats[
        "win_rates"
    ]
    assert (line["by"], line["wins"], line["ties"]) == ("the reward model", 1, 1)
    assert answered == ["Bad.", "Good."]  # not the two that are the same
    monkeypatch.setattr(
        "tutelage.evaluation.answer_duels.reward_scores", lambda _, g: [0.0] * len(g)
    )
    (line,) = made.run(context, [model("plain"), model("careful")], reward_model=reward).stats[
        "win_rates"
    ]
    assert line["ties"] == 2


def test_equal_answers_are_not_put_to_the_judge(tmp_path: Path, context: Context) -> None:
    made = stage(tmp_path, "The same?", "One?")
    made.run(context, [model("plain"), model("careful")], judge=model("judge"))
    requests = {entry.model: entry.usage.requests for entry in context.ledger.entries()}
    assert requests["judge"] == 2


def test_a_judge_compares_held_out_answers_too(
    tmp_path: Path, context: Context, taxonomy: Taxonomy
) -> None:
    made = stage(tmp_path, "One?")
    models = [model("plain"), model("careful")]
    scores = made.run(context, models, taxonomy, model("judge"))
    leaves = {line["leaf"]: line["n"] for line in scores.stats["win_rates"]}
    assert leaves == {"knowledge/harbour": 1, "*": 1, "benchmark:open": 1}
    assert {line["leaf"] for line in scores.table} == {"knowledge/harbour", "*", "benchmark:open"}


def test_attempts_and_verdicts_are_paid_for_once(tmp_path: Path, context: Context) -> None:
    made = stage(tmp_path, "One?", "A riddle?", samples=3)
    models = [model("plain"), model("careful")]
    first = made.run(context, models, judge=model("judge"))
    again = replace(context, ledger=Ledger())
    assert made.run(again, models, judge=model("judge")) == first
    assert again.ledger.total().requests == context.ledger.total().requests == 16
    assert again.ledger.spent().requests == 0


def test_without_a_judge_nothing_is_asked(tmp_path: Path, context: Context) -> None:
    with pytest.raises(RecipeError, match=r"benchmarks\.open.*needs `judge"):
        stage(tmp_path, "One?").run(context, [model("plain"), model("careful")])
    assert not context.ledger.entries()


def test_a_win_rate_of_one_model_alone_is_refused_ahead(tmp_path: Path, context: Context) -> None:
    made, needs = stage(tmp_path, "One?"), r"benchmarks\.open.*needs a second model"
    with pytest.raises(RecipeError, match=needs):
        made.run(context, [model("plain")], judge=model("judge"))
    assert not context.ledger.entries()
    with pytest.raises(RecipeError, match=needs):
        made.cases(None, 1, judged=True)


def test_a_rubric_that_grades_cannot_compare(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="grades answers one by one"):
        stage(tmp_path, "One?", rubric="pair").check(None)


TURNS: tuple[Message, ...] = (
    {"role": "user", "content": "When is high water?"},
    {"role": "assistant", "content": "At 14:20."},
    {"role": "user", "content": "And tomorrow?"},
)


def seen(messages: tuple[Message, ...], seed: int) -> str:
    """Prefers the first answer where it is shown the turns before the question."""
    return f"Reason.\nBetter: {'A' if 'At 14:20.' in messages[-1]['content'] else 'tie'}"


def test_what_was_said_before_is_shown_to_who_compares(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case("1", "*", "skill", TURNS, (), ())
    rivals = {"one": Rivals(case, "At 15:02.", "Later.")}
    given: list[Answered] = []

    def scores(folder: Path, answered: Sequence[Answered]) -> list[float]:
        given.extend(answered)
        return [1.0, 0.0]

    monkeypatch.setattr("tutelage.evaluation.answer_duels.reward_scores", scores)
    assert by_reward(Path())(rivals)["one"].winner == "first"
    assert [(one.turns, one.text) for one in given] == [(TURNS, "At 15:02."), (TURNS, "Later.")]
    found = by_judge(context, model("seen"), load_rubric("preference"))(rivals)["one"]
    assert found.texts == ("Reason.\nBetter: A", "Reason.\nBetter: A")
