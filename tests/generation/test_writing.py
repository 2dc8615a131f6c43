"""Writing: lists are taken apart, leaves are asked side by side, templates are tried ahead."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, question_of
from tutelage.core.errors import RecipeError, TaxonomyError
from tutelage.generation.methods.pooled import PooledWriter
from tutelage.generation.methods.tasks import Tasks
from tutelage.generation.session import (
    Answered,
    GenerationSession,
    RequestCoroutine,
    batch_cells,
    parse_numbered_list,
)
from tutelage.generation.writers import check_writing, writers_of
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, FinishReason, Message, Request
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH, plant, write

GROUNDED = """
task_description: Answer questions about a notice.
seed_examples:
  - {context: "Berth 7 is free.", question: Is any berth free?, answer: "7"}
  - {context: "Berth 9 is closed.", question: Which berth is closed?, answer: "9"}
"""
GROUNDED_PATH = "compositional_skills/grounded/notices"


def numbered(messages: tuple[Message, ...], seed: int) -> str:
    """Writes as many tasks as it is asked for, or a text."""
    asked = messages[-1]["content"].splitlines()[-1]
    wanted = [int(word) for word in asked.split() if word.isdigit()]
    if asked.startswith("Write a text"):
        return f"Berth {seed % 1000} is free."
    if not wanted:
        return f"Is berth {seed % 1000} free?"
    return "\n".join(f"{n}. Is berth {seed % 1000 + n} free?" for n in range(1, wanted[0] + 1))


def answer(text: str, finish: FinishReason = "stop") -> Completion:
    return Completion(Request("r", ()), text, finish, Usage())


@pytest.mark.parametrize(
    ("completion", "count", "found"),
    [
        (answer(" One? "), 1, [("One?", None)]),
        (answer("1. One?\n2) Two?\nmore"), 2, [("One?", None), ("Two?\nmore", None)]),
        (answer("Sure:\n1. One?\n2. Two?\n3. Three?"), 2, [("One?", None), ("Two?", None)]),
        (answer("1. One?\n2. Tw", "length"), 3, [("One?", None), ("Tw", "cut by length")]),
        (answer("1. One?\n2. Two?\n3. Th", "length"), 2, [("One?", None), ("Two?", None)]),
        (answer("One? Two?"), 2, [("One? Two?", "not a numbered list")]),
        (answer("", "empty"), 2, [("", "empty")]),
    ],
)
def test_a_list_is_taken_apart(
    completion: Completion, count: int, found: list[tuple[str, str | None]]
) -> None:
    assert parse_numbered_list(completion, count) == found


def test_asks_for_one_cell_go_together_as_far_as_wanted() -> None:
    assert list(batch_cells("abab", 1)) == [("a", 1), ("b", 1), ("a", 1), ("b", 1)]
    assert list(batch_cells("ababa", 2)) == [("a", 2), ("b", 2), ("a", 1)]


def test_talks_are_asked_side_by_side(context: Context) -> None:
    desk = GenerationSession(context, scripted("echo"), Writing())
    calls: list[int] = []

    def talk(rounds: int) -> RequestCoroutine[list[str]]:
        said = []
        for n in range(rounds):
            turn: Message = {"role": "user", "content": f"{rounds} {n}"}
            answers: Answered = yield [desk.request("same", "leaf", (turn,), (rounds, n), 48)]
            calls.append(rounds)
            said.append(answers["same"].text)
        return said

    assert desk.together([talk(2), talk(0), talk(1)]) == [["2 0", "2 1"], [], ["1 0"]]
    assert calls == [2, 1, 2]


@pytest.fixture
def grounded(tmp_path: Path) -> Taxonomy:
    return load_taxonomy(plant(tmp_path / "tree", {GROUNDED_PATH: GROUNDED}))


def written(desk: GenerationSession, taxonomy: Taxonomy, path: str, count: int) -> list[Row]:
    (one,) = writers_of(desk, [taxonomy.leaf(path)])
    writer = one.writer
    (rows,) = desk.together([writer.write(list(writer.cells)[:1] * count)])
    return rows


@pytest.mark.parametrize("per_request", [1, 2])
def test_a_grounded_task_comes_after_its_context(
    context: Context, grounded: Taxonomy, per_request: int
) -> None:
    settings = Writing(questions_per_context=3, per_request=per_request)
    rows = written(
        GenerationSession(context, scripted("numbered", __name__), settings),
        grounded,
        GROUNDED_PATH,
        6,
    )
    assert len(rows) == len({row["id"] for row in rows}) == 6
    assert len({row["context"] for row in rows}) == 2
    for row in rows:
        assert row["prompt"][0]["content"] == f"{row['context']}\n\n{question_of(row)}"
        assert question_of(row).startswith("Is berth")
        assert len(row["trace"]["keys"]) == 2
        assert all(context.journal.show(key) for key in row["trace"]["keys"])
        assert len(row["parents"]) == 2


def test_a_context_that_cannot_be_used_is_a_rejected_row(
    context: Context, grounded: Taxonomy
) -> None:
    rows = written(
        GenerationSession(context, scripted("silent"), Writing()), grounded, GROUNDED_PATH, 3
    )
    assert [row["reason"] for row in rows] == ["context empty"]


def test_a_second_go_draws_anew(context: Context, taxonomy: Taxonomy) -> None:
    desk = GenerationSession(context, scripted("counting"), Writing())
    writer = Tasks(desk, taxonomy.leaf(NOTICES_PATH))
    first, second = (desk.together([writer.write(writer.cells)])[0] for _ in range(2))
    assert not {question_of(row) for row in first} & {question_of(row) for row in second}
    assert not {row["id"] for row in first} & {row["id"] for row in second}


def test_knowledge_is_asked_about_as_a_whole_without_details(
    context: Context, taxonomy: Taxonomy
) -> None:
    settings = Writing(details_per_passage=0, per_request=2)
    rows = written(
        GenerationSession(context, scripted("numbered", __name__), settings),
        taxonomy,
        HARBOUR_PATH,
        2,
    )
    assert [question_of(row).startswith("Is berth") for row in rows] == [True, True]
    assert not any("extracted_answer" in row for row in rows)
    (asked,) = context.journal.entries()
    assert "A night in the harbour costs 25 crowns." in asked["messages"][-1]["content"]


def test_pooled_prompts_mix_leaves_and_rows_find_their_own(
    context: Context, taxonomy: Taxonomy
) -> None:
    writer = PooledWriter(GenerationSession(context, scripted("echo"), Writing()), taxonomy.leaves)
    (rows,) = writer.desk.together([writer.write(["pool"] * 4)])
    assert len(rows) == 4
    said = " ".join(str(entry["messages"]) for entry in context.journal.entries())
    assert "Elsmere" in said
    assert "Bris" in said
    assert writer._nearest("Put this notice into JSON: The Corvo lies at berth 7.") == NOTICES_PATH
    assert writer._nearest("How many cranes has the harbour of Elsmere?") == HARBOUR_PATH


def templates(folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    file = folder / "mine.jinja"
    file.write_text("{% call user() %}{{ asker }}{% endcall %}", encoding="utf-8")
    for name in ("detail_template", "question_template", "skill_template"):
        yield name, {name: str(file)}
    yield "question_template", {"question_template": str(file), "details_per_passage": 0}
    yield "template", {"method": {"pooled": {"template": str(file)}}}


def test_templates_are_tried_before_anything_is_asked(
    tmp_path: Path, taxonomy: Taxonomy, grounded: Taxonomy
) -> None:
    check_writing(Writing(), taxonomy)
    check_writing(Writing(), grounded)
    for name, fields in templates(tmp_path):
        with pytest.raises(RecipeError, match="'asker' is undefined"):
            check_writing(Writing.model_validate(fields), taxonomy)
        assert name
    for name in ("context_template", "grounded_template"):
        fields = {name: str(tmp_path / "mine.jinja")}
        check_writing(Writing.model_validate(fields), taxonomy)  # no leaf needs it
        with pytest.raises(RecipeError, match="'asker' is undefined"):
            check_writing(Writing.model_validate(fields), grounded)


def test_knowledge_seeds_without_context_are_named_with_what_to_do(tmp_path: Path) -> None:
    text = """
document: {path: [a.md]}
seed_examples:
  - {question: What does the Vega weigh?, answer: 11 kilograms}
"""
    write(tmp_path / "knowledge/vega/a.md", "The Vega weighs 11 kilograms.")
    older = load_taxonomy(plant(tmp_path, {"knowledge/vega": text}))
    with pytest.raises(TaxonomyError, match=r"qna\.yaml:3: seed_examples: .*add it beside"):
        check_writing(Writing(), older)


def test_leaves_are_named_by_path_or_folder(taxonomy: Taxonomy) -> None:
    paths = [leaf.path for leaf in Writing(leaves=["knowledge"]).chosen(taxonomy)]
    assert paths == [HARBOUR_PATH]
    assert len(Writing().chosen(taxonomy)) == 2
    with pytest.raises(TaxonomyError, match=f"did you mean '{HARBOUR_PATH}'"):
        Writing(leaves=["knowledge/harbor"]).chosen(taxonomy)
