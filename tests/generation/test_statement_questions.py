"""Questions about statements: the document answers, what is about nothing goes, right ones stay."""

from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of, question_of
from tutelage.generation.session import GenerationSession
from tutelage.generation.statement_index import StatementIndex
from tutelage.generation.writers import check_writing, writers_of
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.stages import Instructions, Responses
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.statements import statements
from tutelage.taxonomy.leaf import Leaf, Taxonomy

from tests.stages.fakes import scripted

TEXT = """# Handbook of Elsmere

## Dues

A night in the harbour costs 25 crowns. It is paid to the warden, Ada Moss.

## Bad weather

When a gale is forecast, the station hoists a black cone. Three cones close the port.
"""


def asked_of_facts(messages: tuple[Message, ...], seed: int) -> str:
    """A strong teacher: for each fact a good question in words of its own."""
    fact = messages[-1]["content"].rpartition("Fact: ")[2]
    for word, question in {
        "25 crowns": "How much is an overnight stay in Elsmere's harbour?",
        "warden": "Who receives the dues in Elsmere?",
        "black cone": "What is raised in Elsmere before a storm, when a gale is expected?",
        "Three": "When is the port of Elsmere shut to all by cones?",
    }.items():
        if word in fact.replace("[", "").replace("]", ""):
            found = question
    return found


def aimless(messages: tuple[Message, ...], seed: int) -> str:
    """A weak teacher: questions about nothing that the documents say."""
    return ("What is the capital of France?", "No question", "Why?", "What is March in [x]?")[
        seed % 4
    ]


def instructions(context: Context, taxonomy: Taxonomy, teacher: str, **knobs: object) -> list[Row]:
    stage = Instructions.model_validate({"knowledge": "statements"} | knobs)
    made = stage.run(context, taxonomy, scripted(teacher, __name__))
    rows: list[Row] = made.kept if teacher != "aimless" else made.rejected
    return rows


@pytest.fixture
def documented(taxonomy: Taxonomy) -> Taxonomy:
    """The harbour with a handbook."""
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.kind == "knowledge")
    given = {name: getattr(leaf, name) for name in leaf.__dataclass_fields__}
    leaf = Leaf(**given | {"documents": (Document("handbook.md", TEXT, "d"),)})
    return Taxonomy(taxonomy.folder, (leaf,), "digest")


def test_every_question_of_a_strong_teacher_is_kept_and_its_document_answers(
    context: Context, documented: Taxonomy
) -> None:
    rows = instructions(context, documented, "asked_of_facts", questions_per_passage=1)
    assert len(rows) == 4
    answers = {question_of(row): answer_of(row) for row in rows}
    assert answers["Who receives the dues in Elsmere?"] == (
        "A night in the harbour costs 25 crowns. It is paid to the warden, Ada Moss."
    )
    assert all(row["statement"] in row["parents"] for row in rows)


def test_what_is_about_nothing_is_rejected_with_a_reason(
    context: Context, documented: Taxonomy
) -> None:
    rejected = instructions(context, documented, "aimless", questions_per_passage=4)
    kinds = {row["reason"].partition(":")[0] for row in rejected}
    assert len(rejected) == 16
    assert kinds <= {"unclear", "not a question", "too short a question", "written before"}


def test_answers_of_the_document_are_not_asked_for_again(
    context: Context, documented: Taxonomy
) -> None:
    rows = instructions(context, documented, "asked_of_facts", questions_per_passage=1)
    made = Responses().run(context, Rows(rows), scripted("echo"), documented)
    assert made.kept == rows


def test_a_share_of_the_answers_can_be_the_teachers(context: Context, documented: Taxonomy) -> None:
    rows = instructions(
        context, documented, "asked_of_facts", questions_per_passage=1, answers={"sentence": 1}
    )
    assert all("completion" not in row for row in rows)


def test_only_passages_that_are_short_are_asked_about_again(
    context: Context, documented: Taxonomy
) -> None:
    rows = instructions(context, documented, "asked_of_facts", questions_per_passage=1)
    stage = Instructions(knowledge="statements", wanted_per_passage=1, questions_per_passage=1)
    teacher = scripted("asked_of_facts", __name__)
    again = stage.run(context, documented, teacher, Rows(rows[1:]))
    assert [row["statement"] for row in again.kept] == [rows[0]["statement"]]


def test_a_question_goes_to_the_statement_that_it_fits_far_better() -> None:
    found = statements(
        Document("a.md", "The pump weighs 9 kg. The lamp of Lenn shines green.", "d")
    )
    index = StatementIndex(found)
    assert index.about("How much does the pump weigh?", 0) == 0
    assert index.about("In which colour shines the lamp of Lenn?", 0) == 1


def test_a_users_own_generator_is_one_class(
    context: Context, documented: Taxonomy, tmp_path: Path
) -> None:
    settings = Writing(knowledge="tests.generation.toy_generator:Mottoes")
    check_writing(settings, documented)
    desk = GenerationSession(context, scripted("echo"), settings)
    writer = writers_of(desk, documented.leaves[:1])[0].writer
    (rows,) = desk.together([writer.write(writer.cells)])
    assert [question_of(row) for row in rows] == ["Say the motto of handbook.md."]
