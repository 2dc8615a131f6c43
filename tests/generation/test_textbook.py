"""Textbook: plain texts on a grid, which a training takes whole."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Rows, answer_of
from tutelage.core.errors import InputError
from tutelage.core.load_rows import load_rows
from tutelage.generation.writers import check_writing
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.stages import SFT, Generate
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.encoder import Encoder

from tests.generation.written import written
from tests.stages.fakes import scripted
from tests.trees import HARBOUR_PATH, NOTICES_PATH, write

GRID = {"forms": ["story", "section"], "readers": ["pupils", "sailors"], "features": ["a joke"]}


def teacher(messages: tuple[Message, ...], seed: int) -> str:
    """A text with all words that are asked for."""
    asked = messages[-1]["content"].splitlines()[-1]
    return f"This is text {seed}. It has {asked.partition('Use the word')[2].strip('s ')}"


def test_texts_cover_the_grid_and_use_its_words(context: Context, taxonomy: Taxonomy) -> None:
    teacher = scripted("teacher", __name__)
    rows = written(context, taxonomy, HARBOUR_PATH, teacher, {"textbook": GRID}, 2)
    assert len(rows) == 8
    assert len({row["cell"] for row in rows}) == 4
    for row in rows:
        assert not row.get("reason") and "prompt" not in row
        assert len(row["words"]) == 3 and all(word in row["text"] for word in row["words"])
        assert row["context"] and row["document"] == "docs/harbour.md"


def test_a_text_without_its_words_is_rejected(context: Context, taxonomy: Taxonomy) -> None:
    method = {"textbook": GRID | {"words": 2}}
    rows = written(context, taxonomy, NOTICES_PATH, scripted("counting"), method)
    assert all(row["reason"].startswith("without its words: ") for row in rows)


def endless(messages: tuple[Message, ...], seed: int) -> str:
    """A sentence with the words that are asked for, and no end after it."""
    words = messages[-1]["content"].splitlines()[-1].partition("Use the word")[2].strip("s ")
    return f"Here they are, {seed}: {words} " + "and on " * 900


def test_a_story_that_was_cut_ends_at_a_sentence_and_an_exercise_is_rejected(
    context: Context, taxonomy: Taxonomy
) -> None:
    method = {"textbook": GRID | {"forms": ["story", "exercise"], "tokens": 60}}
    for row in written(context, taxonomy, HARBOUR_PATH, scripted("endless", __name__), method):
        if "exercise" in row["cell"]:
            assert row["reason"] == "cut by length"
        else:
            assert "reason" not in row and row["text"].endswith(".")


def test_texts_go_through_rounds_and_are_read_back(
    context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    settings = {"method": {"textbook": GRID}, "leaves": [HARBOUR_PATH]}
    stage = Generate(samples=4, rounds=2, instructions=Writing.model_validate(settings))
    made = stage.run(context, taxonomy, scripted("teacher", __name__))
    assert len(made.kept) == 4
    made.save(tmp_path / "rows")
    again = Rows.load(tmp_path / "rows").kept
    assert [answer_of(row) for row in again] == [row["text"] for row in made.kept]
    taken = [SFT(learning_rate=1e-3).columns(row) for row in again]
    assert all(set(row) == {"id", "leaf", "text"} for row in taken)


class Letters:
    """A tokenizer of letters, without a chat template."""

    eos_token_id = 0

    def __call__(self, texts: list[str], **options: Any) -> dict[str, list[list[int]]]:
        return {"input_ids": [[ord(letter) for letter in text] for text in texts]}


def test_every_token_of_a_text_is_learnt() -> None:
    encoder = Encoder(Letters())
    row = {"id": "1", "leaf": "*", "text": "tide"}
    assert encoder.lengths([row]) == [5]
    (encoded,) = encoder.encode([row])
    assert encoded["labels"] == encoded["input_ids"] == [*map(ord, "tide"), 0]
    assert encoded["items"] == 4


def test_a_file_of_texts_is_read(tmp_path: Path) -> None:
    file = write(tmp_path / "texts.jsonl", '{"text": "The tide turns."}\n')
    (row,) = load_rows(file)
    assert row["text"] == "The tide turns."


def test_wrong_settings_are_said_ahead(tmp_path: Path, taxonomy: Taxonomy) -> None:
    few = str(write(tmp_path / "few.txt", "tide\n"))
    for fields, message in (
        ({"used": 4}, "`used` is 4, more than the 3 `words`"),
        ({"vocabulary": few}, "few.txt: has fewer than 3 words"),
        ({"vocabulary": str(tmp_path / "none.txt")}, "none.txt: cannot be read"),
    ):
        with pytest.raises(InputError, match=message):
            check_writing(Writing(method={"textbook": fields}, leaves=[NOTICES_PATH]), taxonomy)
