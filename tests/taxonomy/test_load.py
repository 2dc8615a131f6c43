"""Taxonomies: InstructLab's forms as they are, ours beside them, and what is wrong named."""

from pathlib import Path

import pytest
from tutelage.core.errors import TaxonomyError
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import HARBOUR_PATH, harbour, plant, write

SKILL = "compositional_skills/writing/qna"
VERSION_2 = """
created_by: someone
task_description: Rhyme.
seed_examples:
  - question: Rhyme with tree.
    answer: Bee.
    attribution: [{source: own, license: Apache-2.0}]
"""
VERSION_3 = "version: 3\n" + VERSION_2.replace("    attribution", "    # attribution")
GROUNDED = """
version: 2
seed_examples:
  - {context: The bridge is long., question: How is the bridge?, answer: Long}
  - {question: No context?, answer: None at all}
"""
KNOWLEDGE = """
version: 3
domain: Bridges
document_outline: All about one bridge.
seed_examples:
  - context: The bridge is 80 metres long.
    questions_and_answers:
      - {question: How long is the bridge?, answer: 80 metres}
      - {question: Is it 80 metres long?, answer: yes}
"""


def _leaf(folder: Path, text: str, path: str = SKILL) -> Leaf:
    (leaf,) = load_taxonomy(plant(folder, {path: text})).leaves
    return leaf


def _wrong(folder: Path, text: str, path: str = SKILL) -> str:
    with pytest.raises(TaxonomyError) as caught:
        _leaf(folder, text, path)
    return str(caught.value).removeprefix(f"{folder}/")


@pytest.mark.parametrize("text", [VERSION_2, VERSION_3])
def test_instructlab_skills_are_read_with_and_without_version(tmp_path: Path, text: str) -> None:
    leaf = _leaf(tmp_path, text)
    assert (leaf.path, leaf.kind, leaf.persona) == (SKILL, "compositional", "creative")
    assert leaf.task_description == "Rhyme."
    assert [(seed.question, seed.answer) for seed in leaf.seeds] == [("Rhyme with tree.", "Bee.")]


def test_grounded_skills_keep_their_context(tmp_path: Path) -> None:
    leaf = _leaf(tmp_path, GROUNDED, "foundational_skills/reading")
    assert [seed.context for seed in leaf.seeds] == ["The bridge is long.", None]
    assert (leaf.kind, leaf.persona) == ("foundational", "precise")


def test_knowledge_seeds_share_their_passage(tmp_path: Path) -> None:
    leaf = _leaf(tmp_path, KNOWLEDGE, "knowledge/bridges")
    assert {seed.context for seed in leaf.seeds} == {"The bridge is 80 metres long."}
    assert [seed.answer for seed in leaf.seeds] == ["80 metres", "yes"]
    assert leaf.task_description == "All about one bridge."
    assert len({seed.id for seed in leaf.seeds}) == 2


def test_our_extensions_are_read(tmp_path: Path) -> None:
    text = VERSION_2 + (
        "samples: 12\npersona: precise\nattributes: {tone: [glad, sad]}\nverify: [{max_words: 4}]\n"
        "eval_examples:\n"
        "  - {question: How many?, answer: 12, accept: [twelve, 12]}\n"
        "  - {question: In one word?, answer: Bee, verify: [{max_words: 1}]}\n"
    )
    leaf = _leaf(tmp_path, text)
    assert (leaf.samples, leaf.persona, leaf.verify) == (12, "precise", ({"max_words": 4},))
    assert leaf.attributes == {"tone": ["glad", "sad"]}
    assert leaf.eval_examples[0].accept == ("12", "twelve")
    assert (leaf.eval_examples[1].accept, leaf.eval_examples[1].verify) == ((), ({"max_words": 1},))


def test_an_answer_may_be_a_number_or_a_yes(tmp_path: Path) -> None:
    text = (
        "seed_examples:\n  - {question: 2 + 3?, answer: 5}\n  - {question: Is it?, answer: yes}\n"
    )
    assert [seed.answer for seed in _leaf(tmp_path, text).seeds] == ["5", "yes"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (VERSION_2 + "sample: 3\n", "sample: unknown key 'sample'; did you mean 'samples'?"),
        (VERSION_2 + "samples: 0\n", "qna.yaml:8: samples: nobody samples this leaf"),
        (VERSION_2 + "samples: -1\n", "qna.yaml:8: samples: Input should be greater than 0"),
        ("seed_examples: []\n", "seed_examples: needs at least one example"),
        ("task_description: x\n", "seed_examples: needs at least one example"),
        (
            "seed_examples:\n  - {question: Why?}\n",
            "seed_examples.0: needs `question` and `answer`",
        ),
        (
            VERSION_2 + "eval_examples: [{question: Why?}]\n",
            "needs `answer`, `accept`, `verify` or `tool_call`",
        ),
        (
            VERSION_2 + "eval_examples: [{question: A?, answer: b}, {question: a?, answer: c}]\n",
            "eval_examples.1.question: asks the same as line",
        ),
        ("seed_examples: [\n", "not valid YAML"),
        ("just text\n", "Input should be a valid dictionary"),
    ],
)
def test_what_is_wrong_in_a_leaf_is_named(tmp_path: Path, text: str, said: str) -> None:
    message = _wrong(tmp_path, text)
    assert message.startswith(f"{SKILL}/qna.yaml")
    assert said in message
    assert message.endswith(f"(`tutelage lint {tmp_path}` shows all there is)")


def test_leaves_stand_under_one_of_three_roots(tmp_path: Path) -> None:
    assert "must stand under one of knowledge/" in _wrong(tmp_path, VERSION_2, "skills/mine")
    with pytest.raises(TaxonomyError, match=r"no qna\.yaml found"):
        (tmp_path / "empty").mkdir()
        load_taxonomy(tmp_path / "empty")
    with pytest.raises(TaxonomyError, match="no such taxonomy folder"):
        load_taxonomy(tmp_path / "nowhere")


def test_a_knowledge_leaf_needs_a_document_or_passages(tmp_path: Path) -> None:
    message = _wrong(tmp_path, VERSION_2, "knowledge/nothing")
    assert "needs `document` or seeds with `context`" in message


def test_what_looks_like_a_number_or_a_truth_is_text_where_text_is_meant(tmp_path: Path) -> None:
    text = """
seed_examples:
  - {question: When?, answer: 11:30, attributes: {berth: 007}}
  - {question: In which year?, answer: 2019-05-04}
  - {question: How much?, answer: 5.00}
attributes: {berth: [007, 12], open: [yes, no]}
verify: [{max_words: 3}]
eval_examples: [{question: On or off?, accept: [on, 1e3]}]
"""
    leaf = _leaf(tmp_path, text)
    assert [seed.answer for seed in leaf.seeds] == ["11:30", "2019-05-04", "5.00"]
    assert leaf.seeds[0].attributes == {"berth": "007"}
    assert leaf.attributes == {"berth": ["007", "12"], "open": ["yes", "no"]}
    assert leaf.eval_examples[0].accept == ("on", "1e3")
    assert leaf.verify == ({"max_words": 3},)


@pytest.mark.parametrize("pattern", ["../secret.md", "docs/../../secret.md", "/etc/hosts"])
def test_a_document_path_cannot_leave_the_leaf(tmp_path: Path, pattern: str) -> None:
    write(tmp_path / "knowledge" / "secret.md", "secret")
    text = KNOWLEDGE + f"document: {{path: ['{pattern}']}}\n"
    message = _wrong(tmp_path, text, "knowledge/bridges")
    assert f"document.path.0: '{pattern}' leads out of the leaf's folder" in message


@pytest.mark.parametrize("folder", [False, True])
def test_a_link_cannot_leave_the_leaf(tmp_path: Path, folder: bool) -> None:
    secret = write(tmp_path / "elsewhere" / "secret.md", "secret")
    docs = tmp_path / "knowledge" / "bridges" / "docs"
    docs.parent.mkdir(parents=True)
    if folder:
        docs.symlink_to(secret.parent, target_is_directory=True)
    else:
        docs.mkdir()
        (docs / "secret.md").symlink_to(secret)
    text = KNOWLEDGE + "document: {path: [docs/*.md]}\n"
    assert "is a link out of" in _wrong(tmp_path, text, "knowledge/bridges")


def test_a_pattern_without_a_file_is_named(tmp_path: Path) -> None:
    text = KNOWLEDGE + "document: {path: [none/*.md]}\n"
    assert "'none/*.md' matches no file" in _wrong(tmp_path, text, "knowledge/bridges")


def test_a_leaf_that_is_not_there_gets_the_nearest_one(taxonomy: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match=f"did you mean '{HARBOUR_PATH}'"):
        taxonomy.leaf("knowledge/harbor")


def test_the_digest_follows_every_content_and_no_place(tmp_path: Path) -> None:
    first, second = harbour(tmp_path / "one"), harbour(tmp_path / "two")
    assert first.digest == second.digest
    document = tmp_path / "two" / HARBOUR_PATH / "docs" / "harbour.md"
    document.write_text("Another text.", encoding="utf-8")
    assert load_taxonomy(tmp_path / "two").digest != first.digest
