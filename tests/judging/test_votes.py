"""Several verdicts on one answer: their mean counts, and what cannot be read does not."""

from pathlib import Path

from tutelage.accounting.ledger import Ledger
from tutelage.contract.context import Context, Silent
from tutelage.core.artifacts import Rows
from tutelage.judging.duels import Duel, prefer
from tutelage.judging.grading import Item, grade
from tutelage.judging.rubric import load_rubric
from tutelage.models.chat import Message
from tutelage.models.journal import Journal
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Judge

from tests.judging import judges
from tests.stages.fakes import answered

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


def wavering(messages: tuple[Message, ...], seed: int) -> str:
    """Prefers the longer answer, but for one draw in four, and where it does not draw."""
    said = judges.by_length(messages, seed)
    other = {"A": "B", "B": "A"}[said[-3]]
    return said if seed % 4 else f"I counted.\nBetter: {other}"


def test_the_mean_of_the_readable_votes_counts(tmp_path: Path) -> None:
    rubric = load_rubric("correct")
    given = grade(_context(tmp_path), _judge("moody"), rubric, [ITEM], votes=30)["1"]
    assert given.usage.requests == len(given.keys) == 30  # none is asked for again
    share = given.share(rubric)
    assert share is not None
    assert 0.1 < share < 0.9
    assert given.score == share
    assert given.key in given.keys


def test_without_a_readable_vote_there_is_no_grade(tmp_path: Path) -> None:
    rubric = load_rubric("correct")
    given = grade(_context(tmp_path), _judge("mute"), rubric, [ITEM], votes=3)["1"]
    assert given.score is None
    assert given.share(rubric) is None
    assert given.problem


def test_most_votes_decide_each_order_of_a_duel(tmp_path: Path) -> None:
    duels = [
        Duel(str(n), "knowledge/a", f"What is {n}?", "short", "a longer one") for n in range(20)
    ]
    won = {}
    for votes in (1, 9):
        context = _context(tmp_path / str(votes))
        found = prefer(context, _judge("wavering"), load_rubric("preference"), duels, votes)
        won[votes] = [one.winner for one in found.values()]
        assert {len(one.keys) for one in found.values()} == {2 * votes}
    assert won[1].count("second") == 0
    assert won[9].count("second") > 15


def test_the_stage_keeps_a_row_by_the_mean_of_its_votes(tmp_path: Path) -> None:
    rows = Rows([answered("2", str(n), leaf="*") for n in range(12)])
    judge = Judge(rubrics=["correct"], votes=15)
    context = _context(tmp_path)
    made = judge.run(context, rows, _judge("moody"))
    (first, *_) = [row["verdicts"][-1] for row in [*made.kept, *made.rejected]]
    assert len(first["keys"]) == 15
    assert 0 < first["grade"] < 1
    assert context.ledger.total().requests == 12 * 15
    lowest = load_rubric("correct").lowest_kept
    assert all(row["verdicts"][-1]["grade"] >= lowest for row in made.kept)
    assert all(row["verdicts"][-1]["grade"] < lowest for row in made.rejected)


def test_whole_means_and_others_are_of_one_type(tmp_path: Path) -> None:
    rows = Rows([answered("2", str(n), leaf="*") for n in range(12)])
    for votes, kind in ((1, int), (3, float)):
        context = _context(tmp_path / str(votes))
        made = Judge(rubrics=["correct"], votes=votes).run(context, rows, _judge("moody"))
        grades = [row["verdicts"][-1]["grade"] for row in [*made.kept, *made.rejected]]
        assert {type(one) for one in grades if one is not None} == {kind}
    assert {one % 1 == 0 for one in grades if one is not None} == {True, False}


def test_no_rejected_row_counts_under_a_grade_that_keeps(tmp_path: Path) -> None:
    rows = Rows([answered("2", str(n), leaf="*") for n in range(12)])
    made = Judge(rubrics=["correct"], votes=15).run(_context(tmp_path), rows, _judge("moody"))
    assert any(0.5 < row["verdicts"][-1]["grade"] < 1 for row in made.rejected)
    assert made.stats["judge"]["grades"]["correct"] == {"0": len(made.rejected)}
