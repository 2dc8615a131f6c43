"""A reward model as filter and as judge of pairs."""

import re
from pathlib import Path

import pytest
from tutelage.contract.context import local_context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.errors import RecipeError, RowsError
from tutelage.models.answered import Answered
from tutelage.stages import Pairs, Rewarded

from tests.stages.fakes import answered

MODEL = Checkpoint(Path("nowhere"))


@pytest.fixture(autouse=True)
def by_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reward model that scores an answer by its letters."""

    def scores(folder: Path, given: list[Answered]) -> list[float]:
        return [float(len(one.text)) for one in given]

    for module in ("tutelage.stages.rewarded", "tutelage.judging.pairs.scored_pairs"):
        monkeypatch.setattr(f"{module}.reward_scores", scores)
    for module in ("tutelage.stages.rewarded", "tutelage.stages.pairs"):
        monkeypatch.setattr(f"{module}.check_reward_model", lambda folder: None)


def attempts(*lengths: int, leaf: str = "*") -> list[Row]:
    return [answered("a" * n, f"row{leaf}{n}", leaf=leaf) for n in lengths]


def scored(stage: Rewarded, rows: list[Row], folder: Path) -> Rows:
    context = local_context(folder)
    made = stage.run(context, [Rows(rows)], MODEL)
    context.journal.close()
    return made


def test_a_threshold_a_share_and_the_best_of_a_prompt(tmp_path: Path) -> None:
    rows = [*attempts(1, 2, 3, 4), *attempts(5, 9, leaf="b")]
    low = scored(Rewarded(lowest=3), rows, tmp_path / "low")
    assert [row["reward"] for row in low.kept] == [3, 4, 5, 9]
    assert low.rejected[0]["reason"] == "rewarded: the score 1.000 is below 3"
    assert low.stats["rewarded"] == {"*": 2.5, "b": 7.0}
    share = scored(Rewarded(top_share=0.5), rows, tmp_path / "share")
    assert [row["reward"] for row in share.kept] == [3, 4, 9]
    best = scored(Rewarded(best_of_prompt=True), rows, tmp_path / "best")
    assert [row["reward"] for row in best.kept] == [4, 9]
    assert len(best.kept) + len(best.rejected) == len(rows)


def test_what_cannot_be_scored_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="give `lowest`, `top_share` or `best_of_prompt`"):
        Rewarded()
    bare = [{"id": "q", "leaf": "*", "parents": [], "prompt": [{"role": "user", "content": "?"}]}]
    with pytest.raises(RowsError, match="row q has no answer"):
        scored(Rewarded(lowest=1), bare, tmp_path)


def test_pairs_by_score_have_its_difference_as_margin(tmp_path: Path) -> None:
    context = local_context(tmp_path)
    made = Pairs(reward_margin=1.0).run(context, [Rows(attempts(2, 7, 4))], reward_model=MODEL)
    (pair,) = made.kept
    assert pair["chosen"][0]["content"] == "a" * 7
    assert pair["rejected"][0]["content"] == "a" * 2
    assert pair["margin"] == 5.0
    assert made.stats["pairs"]["pairs"]["reward model"] == 1
    close = Pairs(reward_margin=9.0).run(context, [Rows(attempts(2, 7))], reward_model=MODEL)
    assert re.match("margin: the best score leads", close.rejected[0]["reason"])
    context.journal.close()
