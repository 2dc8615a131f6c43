"""Several verdicts on one answer: their mean counts, and what cannot be read does not."""

from pathlib import Path

from tutelage.accounting.ledger import Ledger
from tutelage.contract.context import Context, Silent
from tutelage.judging.grading import Item
from tutelage.judging.rubric import load_rubric
from tutelage.judging.verdict_votes import vote_on
from tutelage.models.chat import Message
from tutelage.models.journal import Journal
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference

ITEM = Item("1", "knowledge/a", "How much is 1 + 1?", "2")


def moody(messages: tuple[Message, ...], seed: int) -> str:
    """Says right, wrong, or nothing that could be read, by its seed."""
    return ("I added.\nGrade: 1", "I guessed.\nGrade: 0", "Who knows?")[seed % 3]


def mute(messages: tuple[Message, ...], seed: int) -> str:
    """Never says a grade."""
    return "Who knows?"


def _judge(name: str) -> Model:
    text = f"scripted:{__name__}:{name}"
    reference = parse_reference(text, Path())
    return Model(name, reference, ModelConfig(ref=text), reference.identity())


def _context(folder: Path) -> Context:
    return Context("exam", folder, 1, Journal(folder / "journal.sqlite"), Ledger(), Silent())


def test_the_mean_of_the_readable_verdicts_counts(tmp_path: Path) -> None:
    found = vote_on(_context(tmp_path), _judge("moody"), load_rubric("correct"), [ITEM], votes=30)
    votes = found["1"]
    assert votes.usage.requests == 30
    assert 0 < votes.unreadable < 30
    assert votes.share is not None
    assert 0.1 < votes.share < 0.9


def test_without_a_readable_verdict_there_is_no_share(tmp_path: Path) -> None:
    found = vote_on(_context(tmp_path), _judge("mute"), load_rubric("correct"), [ITEM])
    assert found["1"].share is None
    assert found["1"].unreadable == 1
