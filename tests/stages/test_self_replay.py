"""Self-replay: the student's own texts, chats and answers, whole sentences only."""

import json
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import answer_of, question_of
from tutelage.core.errors import RecipeError
from tutelage.core.text import words
from tutelage.evaluation.benchmarks import GENERAL_QUESTIONS
from tutelage.models.chat import Message
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Mix, SelfReplay
from tutelage.stages.self_replay import LEAF

from tests.stages.fakes import answered, scripted


def writes(messages: tuple[Message, ...], seed: int) -> str:
    """Goes on with a text, asks, speaks as a user, or answers."""
    last = messages[-1]
    if last["role"] == "user":
        return f"You asked it {len(last['content'])}."
    if "Question" in last["content"]:
        return f" number {seed}? It is 7.\nQuestion: And then?"
    return f" tide was high {seed}." if last["content"] else f"Is it {seed} yet?"


def unfinished(messages: tuple[Message, ...], seed: int) -> str:
    """Never ends a sentence."""
    return f" and then {seed} more" * 20


def model(rule: str = "writes") -> Model:
    return scripted(rule, __name__)


def test_texts_go_on_from_openings_and_chats_begin_with_the_students_own_user(
    context: Context,
) -> None:
    made = SelfReplay(texts=3, chats=2, questions=0, openings=["The", "A"]).run(context, model())
    assert not made.rejected
    assert {row["leaf"] for row in made.kept} == {LEAF}
    texts = [row["text"] for row in made.kept if row.get("text")]
    assert [text.split()[0] for text in texts] == ["The", "A", "The"]
    assert len(set(texts)) == 3 and all(text.endswith(".") for text in texts)
    chats = [row for row in made.kept if not row.get("text")]
    assert len(chats) == 2
    assert all(question_of(row).endswith("yet?") for row in chats)
    assert all(answer_of(row).endswith(".") for row in chats)


def test_questions_are_asked_alone_and_answered(context: Context) -> None:
    made = SelfReplay(texts=0, chats=0, questions=3, asking=["What", "Who"]).run(context, model())
    asked = [question_of(row) for row in made.kept]
    assert [one.split()[0] for one in asked] == ["What", "Who", "What"]
    assert all(one.endswith("?") and "\n" not in one for one in asked)
    assert [answer_of(row) for row in made.kept] == [f"You asked it {len(q)}." for q in asked]


def test_what_is_cut_before_a_sentence_ends_is_rejected(context: Context) -> None:
    stage = SelfReplay(texts=2, chats=2, questions=2, max_tokens=8)
    made = stage.run(context, model("unfinished"))
    assert not made.kept
    assert {row["reason"] for row in made.rejected} == {"no whole sentence"}


def test_a_mix_marks_what_it_replays(context: Context) -> None:
    own = SelfReplay(texts=4, chats=0, questions=0).run(context, model())
    mixed = Mix(replay=0.5).run(context, [type(own)([answered("berth")])], [own])
    assert [bool(row.get("replayed")) for row in mixed.kept] == [False, True]


def test_everyday_prompts_are_answered_as_they_stand(context: Context, tmp_path: Path) -> None:
    only = SelfReplay(texts=0, chats=0, questions=0, prompts=5)
    made = only.run(context, model())
    shipped = set(only.listed())
    assert len({question_of(row) for row in made.kept} & shipped) == 5
    assert len(shipped) > 300
    (tmp_path / "mine.txt").write_text("Wie spät ist es?\n\n", encoding="utf-8")
    mine = only.model_copy(update={"prompts": 1, "prompts_file": tmp_path / "mine.txt"})
    (row,) = mine.run(context, model()).kept
    assert question_of(row) == "Wie spät ist es?"
    with pytest.raises(RecipeError, match="2 of a list of 1"):
        mine.model_copy(update={"prompts": 2}).check(None)


def test_the_shipped_prompts_ask_nothing_that_the_general_questions_ask() -> None:
    lines = GENERAL_QUESTIONS.read_text(encoding="utf-8").splitlines()
    exam = [set(words(json.loads(line)["question"].lower())) for line in lines]
    for prompt in SelfReplay().listed():
        own = set(words(prompt.lower()))
        assert max(len(own & one) / len(own | one) for one in exam) < 0.5, prompt


def test_a_server_cannot_be_asked(context: Context) -> None:
    text = "http://127.0.0.1:9/v1#m"
    reference = parse_reference(text, Path())
    server = Model("student", reference, ModelConfig(ref=text), reference.identity())
    with pytest.raises(RecipeError, match="through a server"):
        SelfReplay().run(context, server)
    with pytest.raises(RecipeError, match="nothing to do"):
        SelfReplay(texts=0, chats=0, questions=0).check(None)
