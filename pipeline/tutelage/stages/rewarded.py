"""Filtering by a reward model: every answer is scored, and the better ones are kept."""

import math
from collections.abc import Callable
from typing import ClassVar, Self

from pydantic import Field, model_validator

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint, Row, Rows, is_answered, joined, prompt_of
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.models.answered import answered_by
from tutelage.models.reward_scorer import check_reward_model, reward_scores


class Rewarded(Stage):
    """Keep the answers that a reward model scores highest; all rows get their score as `reward`.

    Its scores have no scale of their own: a threshold holds for one reward model alone, a share for
    any. Best-of-n is `best_of_prompt` over several samples of each prompt.
    """

    version: ClassVar[int] = 2
    keeps_prompts: ClassVar[bool] = True
    leaves_out: ClassVar[bool] = True

    lowest: float | None = Field(None, allow_inf_nan=False)
    """The lowest score that is kept."""
    top_share: float | None = Field(None, gt=0, le=1)
    """The share of each leaf's rows that is kept, those of the highest scores."""
    best_of_prompt: bool = False
    """Keep one answer to each prompt, the one of the highest score."""

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if self.lowest is None and self.top_share is None and not self.best_of_prompt:
            raise ValueError("give `lowest`, `top_share` or `best_of_prompt`: else all rows stay")
        return self

    def run(self, context: Context, rows: list[Rows], reward_model: Checkpoint) -> Rows:
        """All rows given, split into kept and rejected; `stats` have the scores' mean by leaf."""
        check_reward_model(reward_model.folder)
        given = joined(rows)
        bare = next((row["id"] for row in given if not is_answered(row)), None)
        if bare is not None:
            raise RowsError(f"row {bare} has no answer, so there is nothing to score")
        context.pool.release()
        scores = reward_scores(reward_model.folder, [answered_by(row) for row in given])
        scored = [row | {"reward": score} for row, score in zip(given, scores, strict=True)]
        reasons = self._reasons(scored)
        kept = [row for row in scored if row["id"] not in reasons]
        dropped = [row | {"reason": reasons[row["id"]]} for row in scored if row["id"] in reasons]
        return Rows(kept, dropped, {"rewarded": _means(scored)})

    def _reasons(self, rows: list[Row]) -> dict[str, str]:
        """Why rows are dropped, by their ids."""
        found: dict[str, str] = {}
        if self.best_of_prompt:
            for group in _by(rows, lambda row: digest(row["leaf"], prompt_of(row))):
                best = max(group, key=_score)
                more = f"is below {_score(best):.3f}, the best of its prompt"
                found |= {row["id"]: _reason(row, more) for row in group if row is not best}
        for row in rows:
            if self.lowest is not None and _score(row) < self.lowest:
                found.setdefault(row["id"], _reason(row, f"is below {self.lowest:g}"))
        if self.top_share is not None:
            left = [row for row in rows if row["id"] not in found]
            for leaf in _by(left, lambda row: str(row["leaf"])):
                ordered = sorted(leaf, key=_score, reverse=True)
                more = f"is not in the top {self.top_share:.0%} of its leaf"
                for row in ordered[math.ceil(self.top_share * len(ordered)) :]:
                    found[row["id"]] = _reason(row, more)
        return found


def _reason(row: Row, why: str) -> str:
    return f"rewarded: the score {_score(row):.3f} {why}"


def _score(row: Row) -> float:
    return float(row["reward"])


def _by(rows: list[Row], key: Callable[[Row], str]) -> list[list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


def _means(rows: list[Row]) -> dict[str, float]:
    leaves = _by(rows, lambda row: str(row["leaf"]))
    return {leaf[0]["leaf"]: math.fsum(map(_score, leaf)) / len(leaf) for leaf in leaves}
