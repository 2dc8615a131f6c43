"""Rewriting: each way changes its part, critique makes pairs, bad files are one line ahead."""

import re
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows, answer_of, question_of
from tutelage.core.errors import RecipeError
from tutelage.generation.rewriting import continued
from tutelage.models.chat import Message
from tutelage.stages import Pairs, Rewrite
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import PASSAGE, QUESTION, answered, scripted
from tests.trees import HARBOUR_PATH, write

ANSWER = "25 crowns"


def teacher(messages: tuple[Message, ...], seed: int) -> str:
    """Says what it was asked for."""
    asked = messages[-1]["content"]
    if found := re.search(r"The principle: (.+)", asked):
        return f"As {found[1]} {'revised' if '<critique' in asked else 'criticised'}, {seed}"
    return f"New words, {asked.splitlines()[-1]}"


def rewritten(context: Context, taxonomy: Taxonomy, row: Any, **fields: Any) -> Rows:
    stage = Rewrite(**fields)
    stage.check(taxonomy)
    made: Rows = stage.run(context, Rows([row]), scripted("teacher", __name__), taxonomy)
    return made


@pytest.mark.parametrize(
    ("way", "changed"),
    [
        ("back_translation", {"question"}),
        ("continue", {"answer"}),
        ("critique", {"answer"}),
        ("paraphrase", {"question"}),
        ("simplify", {"answer"}),
        ("translate", {"question", "answer"}),
    ],
)
def test_each_way_writes_its_part_anew(
    context: Context, taxonomy: Taxonomy, way: str, changed: set[str]
) -> None:
    row = answered(ANSWER, context=PASSAGE, verdicts=[{"by": "x"}])
    more = {"language": "Danish"} if way == "translate" else {}
    made = rewritten(context, taxonomy, row, way=way, **more)
    (new,) = made.kept
    now = {"question": question_of(new), "answer": answer_of(new)}
    assert new["before"] == {"question": QUESTION, "answer": ANSWER}
    assert {part for part in now if now[part] != new["before"][part]} == changed
    assert new["parents"] == ["1"] and new["id"] != "1" and "verdicts" not in new
    assert all(context.journal.show(key) for key in new["trace"]["keys"])
    assert made.stats["rewrite"]["rewritten"] == 1
    assert made.stats["rewrite"]["mean_words"]["before"] > 0


def test_revisions_go_through_principles_and_make_a_pair(
    context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    file = write(tmp_path / "mine.yaml", "- Be brief.\n- {critique: Is it kind?, revise: Be kind.}")
    fields = {"constitution": str(file), "revisions": 2}
    lessons = rewritten(context, taxonomy, answered(ANSWER), **fields)
    (lesson,) = lessons.kept
    assert sorted(lesson["principles"]) == ["Be brief.", "Is it kind?"]
    assert len(lesson["trace"]["keys"]) == 4
    (pair,) = Pairs().run(context, [lessons], taxonomy).kept
    assert pair["parents"] == [lesson["id"]] and pair["prompt"] == lesson["prompt"]
    assert pair["rejected"][0]["content"] == ANSWER
    assert pair["chosen"][0]["content"].startswith(("As Be brief. revised", "As Be kind. revised"))
    assert pair["chosen"] == lesson["completion"] and "completion" not in pair


def test_another_question_makes_no_pair_with_the_old_answer(
    context: Context, taxonomy: Taxonomy
) -> None:
    made = rewritten(context, taxonomy, answered(ANSWER), way="translate", language="Danish")
    assert Pairs().run(context, [made], taxonomy).stats["pairs"]["pairs"]["given"] == 0


def test_earlier_turns_are_seen_and_kept(context: Context, taxonomy: Taxonomy) -> None:
    turns = [
        {"role": "user", "content": "Hello, I am Ida."},
        {"role": "assistant", "content": "Hello Ida."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": ANSWER},
    ]
    row = {"id": "1", "leaf": HARBOUR_PATH, "parents": [], "messages": turns}
    (new,) = rewritten(context, taxonomy, row).kept
    assert new["messages"][:3] == turns[:3]
    assert new["messages"][3]["content"].startswith("As ")
    shown = [entry["messages"][-1]["content"] for entry in context.journal.entries()]
    assert all("Hello, I am Ida." in text for text in shown)


def test_a_plain_text_becomes_the_answer_to_a_request_made_for_it(
    context: Context, taxonomy: Taxonomy
) -> None:
    text = {"id": "t", "leaf": HARBOUR_PATH, "parents": [], "text": "The crane lifts 12 tonnes."}
    (new,) = rewritten(context, taxonomy, text, way="back_translation").kept
    assert "text" not in new and question_of(new)
    assert answer_of(new) == text["text"] == new["before"]["answer"]
    (new,) = rewritten(context, taxonomy, text, way="translate", language="Danish").kept
    assert new["text"] != text["text"] and not question_of(new)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("It was built in 1901.", "It lifts 12 tonnes. It was built in 1901."),
        ("It lifts 12 tonnes. It is green.", "It lifts 12 tonnes. It is green."),
        ("It lifts 12 tonnes.", None),
        ("12 tonnes", None),
    ],
)
def test_what_comes_next_is_new(text: str, whole: str | None) -> None:
    found, reason = continued("It lifts 12 tonnes.", text)
    assert (None if reason else found) == whole


def test_what_cannot_be_rewritten_says_why(context: Context, taxonomy: Taxonomy) -> None:
    bare = {key: value for key, value in answered("").items() if key != "completion"}
    (row,) = rewritten(context, taxonomy, bare).rejected
    assert row["reason"].startswith("rewrite: has no answer")
    same = Rewrite(way="simplify").run(context, Rows([answered("x")]), scripted("silent"), taxonomy)
    assert same.rejected[0]["reason"] == "empty"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("principles: []", "holds no principle"),
        ("rules: [Be kind.]", "holds no principle"),
        ("- ''", "principles.0: write a text"),
        ("- {critique: Is it?}", "principles.0: write a text"),
        ("- [", "not valid YAML"),
    ],
)
def test_a_constitution_without_principles_is_said_ahead(
    tmp_path: Path, text: str, message: str
) -> None:
    file = write(tmp_path / "mine.yaml", text)
    with pytest.raises(RecipeError, match=message) as raised:
        Rewrite(constitution=str(file)).check(None)
    assert "mine.yaml" in str(raised.value) and "\n" not in str(raised.value)


def test_settings_that_do_not_go_together_are_said_ahead(tmp_path: Path) -> None:
    for fields, message in (
        ({"way": "translate"}, "needs a `language`"),
        ({"way": "simplify", "revisions": 2}, "`revisions` does nothing for `way: simplify`"),
        ({"language": "French"}, "`language` does nothing for `way: critique`"),
        ({"constitution": "constitutions"}, "no constitution 'constitutions' is shipped"),
        ({"constitution": str(tmp_path / "none.yaml")}, "none.yaml: cannot be read"),
    ):
        with pytest.raises(RecipeError, match=message):
            Rewrite.model_validate(fields).check(None)


def parroting(messages: tuple[Message, ...], seed: int) -> str:
    """The first example of the prompt."""
    return next(turn["content"] for turn in messages if turn["role"] == "assistant")


def test_an_example_of_the_prompt_is_no_answer_but_a_seed_may_be_met(
    context: Context, taxonomy: Taxonomy
) -> None:
    teacher = scripted("parroting", __name__)
    row = answered(ANSWER, context=PASSAGE, leaf=HARBOUR_PATH)
    for way in ("critique", "paraphrase", "simplify"):
        (made,) = Rewrite(way=way).run(context, Rows([row]), teacher, taxonomy).rejected
        assert made["reason"] == "copies an example of its prompt"
    (made,) = Rewrite(way="back_translation").run(context, Rows([row]), teacher, taxonomy).kept
    assert question_of(made) == taxonomy.leaf(HARBOUR_PATH).seeds[0].question
