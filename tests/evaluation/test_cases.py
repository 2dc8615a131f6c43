"""Held-out examples that no answer can satisfy are found before anything is asked."""

import json
from pathlib import Path

import pytest
from tutelage.contract.context import local_context
from tutelage.core.errors import RowsError, TaxonomyError
from tutelage.evaluation.asking import Asking, ask
from tutelage.evaluation.benchmarks import Benchmark, benchmark_cases
from tutelage.evaluation.cases import eval_cases
from tutelage.evaluation.scoring import score_text
from tutelage.taxonomy.load import load_taxonomy

from tests.stages.fakes import scripted
from tests.trees import NOTICES, NOTICES_PATH, plant, write

DEMANDS = ["json_matches_attributes", "keeps_attributes", "equals_attribute"]


@pytest.mark.parametrize("name", DEMANDS)
def test_a_question_has_no_attributes_to_keep(tmp_path: Path, name: str) -> None:
    verify = json.dumps([{"max_words": 9}, {name: "boat"}])
    held = f'eval_examples:\n  - {{question: "To JSON: the Bris", verify: {verify}}}\n'
    taxonomy = load_taxonomy(plant(tmp_path, {NOTICES_PATH: NOTICES + held}))
    said = r"qna\.yaml:\d+: eval_examples\.0\.verify\.1: compares with the attributes"
    with pytest.raises(TaxonomyError, match=said):
        eval_cases(taxonomy.leaves)
    row = {"question": "To JSON: the Bris", "verify": [{name: "boat"}]}
    file = write(tmp_path / "mine.jsonl", json.dumps(row))
    with pytest.raises(RowsError, match=r"row 1: verify\.0: compares with the attributes"):
        benchmark_cases("mine", Benchmark(path=file), "accept")


def test_a_number_is_asked_of_accepted_answers_that_hold_one(tmp_path: Path) -> None:
    leaf = "seed_examples: [{question: Who, answer: Ines}]\neval_examples:\n"
    leaf += "  - {question: What does a night cost?, answer: 25 crowns}\n"
    path = "foundational_skills/tides"
    assert eval_cases(load_taxonomy(plant(tmp_path, {path: leaf})).leaves, "numeric")
    leaf += "  - {question: Who rules the tides?, answer: the moon}\n"
    taxonomy = load_taxonomy(plant(tmp_path, {path: leaf}))
    assert len(eval_cases(taxonomy.leaves, "accept")) == 2
    with pytest.raises(TaxonomyError, match=r"qna\.yaml:4: eval_examples\.1: .* holds a number"):
        eval_cases(taxonomy.leaves, "numeric")


TOOL_LEAF = """
tools:
  - name: tide
    parameters: {type: object, properties: {place: {type: string}, day: {type: integer}}}
seed_examples: [{question: How deep is it?, answer: 4 metres}]
eval_examples:
  - {question: When is the tide in Elsmere?, tool_call: {name: tide, arguments: {place: Elsmere}}}
  - {question: What is a tide?, tool_call: none}
  - {question: Who are you?, accept: [a pilot]}
"""
OTHERS = """
tools: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}]
seed_examples: [{question: Who?, answer: Ines}]
"""


def test_a_question_about_tools_shows_them_and_is_scored_by_the_call(tmp_path: Path) -> None:
    leaves = {"compositional_skills/pilot": TOOL_LEAF, "compositional_skills/other": OTHERS}
    taxonomy = load_taxonomy(plant(tmp_path, leaves))
    wanted, none, plain = eval_cases(taxonomy.within(["compositional_skills/pilot"]))
    assert [len(case.tools) for case in (wanted, none, plain)] == [1, 1, 0]
    wanted, none, plain = eval_cases(taxonomy.leaves)
    names = [{tool["function"]["name"] for tool in case.tools} for case in (wanted, none)]
    assert all(len(found) == 4 and "tide" in found for found in names) and names[0] != names[1]
    assert wanted.tools == eval_cases(taxonomy.leaves)[0].tools and not plain.tools
    right = '<tool_call>{"name": "tide", "arguments": {"place": "Elsmere", "day": 2}}</tool_call>'
    misfit = (
        '<tool_call>{"name": "tide", "arguments": {"place": "Elsmere", "day": "x"}}</tool_call>'
    )
    assert [score_text(wanted, text).value for text in (right, "At noon.", misfit)] == [1, 0, 0]
    assert [score_text(none, text).value for text in ("Water that rises.", right)] == [1, 0]


def test_models_are_asked_with_the_tools(tmp_path: Path) -> None:
    taxonomy = load_taxonomy(plant(tmp_path, {"compositional_skills/pilot": TOOL_LEAF}))
    context = local_context(tmp_path / "run")
    ask(context, scripted("echo"), eval_cases(taxonomy.leaves), Asking(64))
    asked = [entry["sampling"].get("tools") for entry in context.journal.entries()]
    assert [bool(tools) for tools in asked] == [True, True, False]
    context.journal.close()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{name: tide,", "{name: tides,", "'tides' is no tool .*'tide'"),
        ("place: Elsmere", "town: Elsmere", "'tide' has no argument 'town'"),
        ("place: Elsmere", "place: 7", "the arguments of 'tide' do not fit: 7 is not"),
    ],
)
def test_a_call_that_cannot_be_made_is_named(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = TOOL_LEAF.replace(old, new)
    with pytest.raises(TaxonomyError, match=words):
        load_taxonomy(plant(tmp_path, {"compositional_skills/pilot": text}))


def test_a_leaf_without_tools_wants_no_call(tmp_path: Path) -> None:
    text = TOOL_LEAF.replace(TOOL_LEAF.split("seed_examples")[0], "\n")
    with pytest.raises(TaxonomyError, match="has no `tools` to show with it"):
        load_taxonomy(plant(tmp_path, {"compositional_skills/pilot": text}))
