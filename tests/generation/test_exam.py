"""Drafts of the exam stage: what is kept can be answered, stands alone, and is not known yet."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Rows, answer_of, question_of
from tutelage.core.errors import InputError, RecipeError
from tutelage.generation.exam.demand_suggestion import suggested_demands
from tutelage.generation.exam.draft_checks import QuestionChecks, alike, other_forms
from tutelage.generation.statement_index import StatementIndex
from tutelage.models.chat import Message
from tutelage.models.engines.scripted import docile
from tutelage.stages.exam import Exam
from tutelage.taxonomy.documents.statements import statements
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

NAMES = ("Arn", "Bex", "Cole", "Dunn", "Elm", "Fox", "Gore", "Hale")
PLACE = __name__


def knows_cole(messages: tuple[Message, ...], seed: int) -> str:
    """A student that has seen one fact before."""
    asked = messages[-1]["content"]
    return "It is 32 metres, I believe." if "Cole" in asked and "Text:" not in asked else "No idea."


def never_right(messages: tuple[Message, ...], seed: int) -> str:
    """A teacher that answers its own questions otherwise than it meant."""
    asked = messages[-1]["content"]
    return "Answer: seven" if asked.startswith("Text:") else docile(messages, seed)


def vague(messages: tuple[Message, ...], seed: int) -> str:
    """A teacher whose questions need the text."""
    asked = messages[-1]["content"]
    return "How long is it according to this text?" if "Fact:" in asked else docile(messages, seed)


def _taxonomy(folder: Path) -> Taxonomy:
    leaf = folder / "knowledge" / "boats"
    leaf.mkdir(parents=True)
    parts = ["# Boats of Orlay\n"]
    for number, name in enumerate(NAMES):
        parts.append(f"\n## {name}\n\nThe boat {name} is {30 + number} metres long.\n")
        parts.append(f"The mast of {name} weighs {500 + number} kilograms.\n")
    (leaf / "boats.md").write_text("".join(parts))
    text = "document: {path: [boats.md]}\nseed_examples:\n"
    text += "  - {context: The boat Arn is 30 metres long., answer: 30 metres,\n"
    text += "     question: How long is the boat Arn?}\n"
    (leaf / "qna.yaml").write_text(text)
    return load_taxonomy(folder)


@pytest.fixture
def taxonomy(tmp_path: Path) -> Taxonomy:
    return _taxonomy(tmp_path / "t")


def _exam(taxonomy: Taxonomy, teacher: str = "scripted:", student: str = "", **fields: Any) -> Rows:
    named = f"scripted:{PLACE}:{student}" if student else None
    return Exam(**fields)(taxonomy, teacher, named, quiet=True)


def _reasons(made: Rows) -> set[str]:
    return {str(row["reason"]).partition(":")[0] for row in made.rejected}


def test_drafts_come_from_all_sections_and_ask_for_different_facts(taxonomy: Taxonomy) -> None:
    made = _exam(taxonomy, count=8)
    assert len({row["parents"][0] for row in made.kept}) == len(made.kept) == 8
    assert len({row["headings"] for row in made.kept}) == 8
    assert made.stats["coverage"][0]["asked"] == 8
    for row in made.kept:
        assert answer_of(row) in row["source"]
        assert answer_of(row) not in question_of(row)
    # The seed's own fact is not examined.
    assert not any(row["source"].startswith("The boat Arn") for row in made.kept)


def test_no_more_than_is_wanted_and_what_is_there_counts(taxonomy: Taxonomy) -> None:
    made = _exam(taxonomy, count=3, purpose="seed")
    assert len(made.kept) == 2
    assert all("The boat" in row["passage"] or "The mast" in row["passage"] for row in made.kept)


def test_what_the_student_knows_is_left_out(taxonomy: Taxonomy) -> None:
    made = _exam(taxonomy, student="knows_cole", count=40)
    assert "the student knows it already" in _reasons(made)
    assert "32 metres" not in {answer_of(row) for row in made.kept}


def test_difficulty_is_the_share_of_failed_attempts(taxonomy: Taxonomy) -> None:
    hard = _exam(taxonomy, student="knows_cole", count=4, difficulty="hard")
    assert {row["difficulty"] for row in hard.kept} == {1.0}
    easy = _exam(taxonomy, student="knows_cole", count=4, difficulty="easy")
    assert not easy.kept and "not easy" in _reasons(easy)
    with pytest.raises(InputError, match="needs a `student`"):
        _exam(taxonomy, difficulty="hard")
    with pytest.raises(RecipeError, match="difficulty"):
        Exam(difficulty="tricky")  # type: ignore[arg-type]


def test_what_is_answered_otherwise_from_its_passage_is_dropped(taxonomy: Taxonomy) -> None:
    made = _exam(taxonomy, f"scripted:{PLACE}:never_right", count=4)
    assert not made.kept
    assert "answered otherwise from its passage" in _reasons(made)


def test_what_needs_its_passage_is_dropped(taxonomy: Taxonomy) -> None:
    made = _exam(taxonomy, f"scripted:{PLACE}:vague", count=4)
    assert not made.kept


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("How many cups of water does the Brindle kettle hold?", None),
        ("Does the Brindle kettle hold 8 cups of water?", "tells its answer"),
    ],
)
def test_a_question_may_say_all_of_a_fact_but_the_answer(
    tmp_path: Path, question: str, problem: str | None
) -> None:
    kettle = "The Brindle kettle holds 8 cups of water."
    place = tmp_path / "t" / "knowledge" / "kettle"
    place.mkdir(parents=True)
    others = "The cord is red. The guarantee lasts 4 years. Orlin sells spare filters in Tarrow."
    (place / "kettle.md").write_text(f"# The Brindle kettle\n\n{kettle} {others}\n")
    seed = "{context: The cord is red., question: '', answer: ''}"
    (place / "qna.yaml").write_text(f"document: {{path: [kettle.md]}}\nseed_examples: [{seed}]\n")
    (leaf,) = load_taxonomy(tmp_path / "t", unfinished=True).leaves
    found = [one for document in leaf.documents for one in statements(document)]
    (statement,) = [one for one in found if one.text == kettle]
    checks = QuestionChecks(leaf, StatementIndex(found))
    assert checks.problem(question, "8 cups", statement) == problem


def test_the_same_is_drafted_again_without_asking_anyone(
    taxonomy: Taxonomy, tmp_path: Path
) -> None:
    place = tmp_path / "drafts"
    first = Exam(count=4)(taxonomy, teacher="scripted:", folder=place, quiet=True)
    again = Exam(count=4)(taxonomy, teacher="scripted:", folder=place, quiet=True)
    assert [row["id"] for row in first.kept] == [row["id"] for row in again.kept]
    assert {key for row in again.kept for key in row["trace"]["keys"]}


@pytest.mark.parametrize(
    ("reply", "answer", "same"),
    [
        ("8 cups", "8 cups", True),
        ("It holds 8 cups of water.", "8 cups", True),
        ("80 cups", "8 cups", False),
        ("not stated", "8 cups", False),
        (" ".join(f"word{n}" for n in range(30)) + " 8 cups", "8 cups", False),
    ],
)
def test_alike(reply: str, answer: str, same: bool) -> None:
    assert alike(reply, "How much water does it hold?", answer) is same


def test_small_numbers_are_accepted_in_words() -> None:
    assert other_forms("8 cups") == ["eight cups"]
    assert other_forms("Orlin and Sons") == []


@pytest.mark.parametrize(
    ("answers", "demands"),
    [
        (['{"a": 1}', '{"a": 2, "b": 1}', '{"a": 3}'], ["json_schema"]),
        (["yes", "no", "Yes.", "no", "no"], ["regex"]),
        (["12", "-4.5", "1,000"], ["regex"]),
        (["one two", "three four five six", "a b c d e f"], ["max_words"]),
        (["only", "two"], []),
    ],
)
def test_demands_are_suggested_by_the_results(answers: list[str], demands: list[str]) -> None:
    assert [name for demand in suggested_demands(answers) for name in demand] == demands
