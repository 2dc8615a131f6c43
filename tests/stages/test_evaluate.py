"""Evaluation: what a model is asked, when its answer is right, and how scores add up."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import TaxonomyError
from pipeline.ledger import Ledger
from pipeline.models import Message, Model, ModelConfig
from pipeline.models.journal import Journal
from pipeline.models.reference import parse_reference
from pipeline.stage import Context
from pipeline.stages.evaluate import Evaluate
from pipeline.taxonomy import Held, Leaf, Taxonomy


class Quiet:
    """Progress that only counts."""

    def __init__(self) -> None:
        self.stage = ""
        self.spend = ""
        self.total = 0
        self.done = 0

    def start(self, total: int, unit: str) -> None:
        self.total = total

    def advance(self, count: int = 1) -> None:
        self.done += count

    def say(self, text: str) -> None:
        raise AssertionError(text)


def knowing(messages: tuple[Message, ...], seed: int) -> str:
    """A fake model that knows one capital and rambles about rivers."""
    assert [turn["role"] for turn in messages] == ["user"]
    question = messages[0]["content"]
    if "river" in question:
        return "well " * 300
    return "It is Oslo." if "Norway" in question else "red"


def unknowing(messages: tuple[Message, ...], seed: int) -> str:
    """A fake model that knows nothing."""
    return "No idea."


def _model(name: str) -> Model:
    text = f"scripted:{__name__}:{name}"
    reference = parse_reference(text, Path())
    return Model(name, reference, ModelConfig(ref=text), reference.identity())


def _leaf(path: str, *held: Held) -> Leaf:
    return Leaf(path, "knowledge", Path("qna.yaml"), "", (), held, (), (), {}, "precise", None)


def _taxonomy(*leaves: Leaf) -> Taxonomy:
    return Taxonomy(Path("tree"), leaves, "digest")


def _context(folder: Path) -> Context:
    journal = Journal(folder / "journal.sqlite")
    return Context("evaluate", folder, 1, journal, Ledger(), Quiet())


CAPITALS = _leaf(
    "knowledge/capitals",
    Held("held:1", "What is the capital of Norway?", ("Oslo",), ()),
    Held("held:2", "What is the capital of Chad?", ("N'Djamena", "Ndjamena"), ()),
    Held("held:3", "Which river is in Cairo?", ("Nile",), ()),
)
COLOURS = _leaf(
    "knowledge/colours",
    Held("held:4", "Name a colour in one word.", (), ({"max_words": 1},)),
)


def _line(table: list[dict[str, Any]], model: str, leaf: str) -> dict[str, Any]:
    return next(line for line in table if (line["model"], line["leaf"]) == (model, leaf))


def test_scores_by_leaf_and_over_all_examples(tmp_path: Path) -> None:
    models = [_model("unknowing"), _model("knowing")]
    context = _context(tmp_path)
    scores = Evaluate().run(context, _taxonomy(CAPITALS, COLOURS), models)
    capitals = _line(scores.table, "knowing", "knowledge/capitals")
    assert (capitals["metric"], capitals["n"]) == ("accept", 3)
    assert capitals["score"] == pytest.approx(1 / 3)
    assert _line(scores.table, "knowing", "knowledge/colours")["metric"] == "verify"
    total = _line(scores.table, "knowing", "*")
    assert (total["metric"], total["n"], total["score"]) == ("right", 4, 0.5)
    assert total["low"] < 0.5 < total["high"]
    assert _line(scores.table, "unknowing", "*")["score"] == 0
    assert isinstance(context.progress, Quiet)
    assert context.progress.done == context.progress.total == 8


def test_each_answer_says_why_it_is_wrong(tmp_path: Path) -> None:
    scores = Evaluate(max_tokens=40).run(
        _context(tmp_path), _taxonomy(CAPITALS), [_model("knowing")]
    )
    why = {row["example"]: row["why"] for row in scores.answers}
    assert why["held:1"] is None
    assert why["held:2"] == "not accepted: none of N'Djamena, Ndjamena"
    assert why["held:3"].startswith("cut")
    assert [row["score"] for row in scores.answers] == [1, 0, 0]


def test_an_example_with_both_demands_needs_both(tmp_path: Path) -> None:
    both = Held("held:9", "The capital of Norway?", ("Oslo",), ({"max_words": 2},))
    scores = Evaluate().run(_context(tmp_path), _taxonomy(_leaf("a", both)), [_model("knowing")])
    assert scores.table[0]["metric"] == "right"
    assert scores.table[0]["score"] == 0


def test_a_second_evaluation_asks_nothing_again(tmp_path: Path) -> None:
    first = Evaluate().run(_context(tmp_path), _taxonomy(CAPITALS), [_model("knowing")])
    context = _context(tmp_path)
    second = Evaluate().run(context, _taxonomy(CAPITALS), [_model("knowing")])
    assert second == first
    assert context.ledger.total().requests == 3
    assert context.ledger.spent().requests == 0


def test_a_taxonomy_without_held_out_examples_is_refused_ahead() -> None:
    with pytest.raises(TaxonomyError, match="eval_examples"):
        Evaluate().check(_taxonomy(_leaf("knowledge/empty")))
