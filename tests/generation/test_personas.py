"""Personas: from the shipped list, from a file, from documents."""

from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.errors import InputError
from tutelage.generation.writers import check_writing
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.stages import Generate
from tutelage.taxonomy.leaf import Taxonomy

from tests.generation.written import written
from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH, write


def teacher(messages: tuple[Message, ...], seed: int) -> str:
    """A reader of a text, or what a person asks."""
    if "Who is likely" in messages[-1]["content"]:
        return f"A sailor, the {seed % 1000}th of the crew."
    persona = messages[0]["content"].partition("You are this person: ")[2].partition(".")[0]
    return f"As {persona}: what does it cost?"


def test_every_persona_of_the_list_asks(context: Context, taxonomy: Taxonomy) -> None:
    rows = written(context, taxonomy, NOTICES_PATH, scripted("teacher", __name__), "personas")
    assert len(rows) == len({row["persona"] for row in rows}) >= 100
    assert {row["attributes"]["boat"] for row in rows} == {"Alma", "Bris"}
    asked = [entry["messages"][0]["content"] for entry in context.journal.entries()]
    assert all(any(row["persona"] in text for text in asked) for row in rows)


def test_a_passage_makes_the_person_who_asks_about_it(context: Context, taxonomy: Taxonomy) -> None:
    method = {"personas": {"from_documents": True}}
    rows = written(context, taxonomy, HARBOUR_PATH, scripted("teacher", __name__), method, 2)
    assert len(rows) == 6
    assert len({(row["context"], row["persona"]) for row in rows}) == 3
    assert {row["document"] for row in rows} == {"docs/harbour.md"}
    assert all(row["parents"][0].startswith("passage:") for row in rows)


def test_a_file_of_personas_counts_by_what_it_holds(tmp_path: Path) -> None:
    def identity(text: str) -> object:
        write(tmp_path / "mine.txt", text)
        method = {"personas": {"file": str(tmp_path / "mine.txt")}}
        return Generate(instructions=Writing(method=method)).identity()

    assert identity("A pilot.\n") == identity("A pilot.\n") != identity("A diver.\n")


def test_what_cannot_serve_is_said_ahead(tmp_path: Path, taxonomy: Taxonomy) -> None:
    empty = str(write(tmp_path / "empty.txt", "\n \n"))
    for leaf, method, message in (
        (NOTICES_PATH, {"file": empty}, "empty.txt: holds no persona; write one a line"),
        (NOTICES_PATH, {"file": str(tmp_path / "none.txt")}, "none.txt: cannot be read"),
        (NOTICES_PATH, {"from_documents": True}, "this leaf has none"),
    ):
        with pytest.raises(InputError, match=message):
            settings = Writing(method={"personas": method}, leaves=[leaf])
            check_writing(settings, taxonomy)
