"""Difficulty: how often a student's attempts at a prompt are right, as a column of the row.

Rows that a student always or never answers right teach it little (Polaris, DAPO's dynamic sampling;
arXiv:2503.14476, section 3.2): what lies between is where learning happens.
"""

from typing import ClassVar

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, joined
from tutelage.core.errors import RecipeError, RowsError
from tutelage.judging.pairs.prompt_attempts import Checker
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.verifiers.ground_truth import truth_of

PASS_RATE = "pass_rate"
"""The column: the share of attempts that are right, from 0 to 1."""


class Difficulty(Stage):
    """Give each row its pass rate, from attempts that `responses` with `samples` made of it.

    An attempt is right where it meets its leaf's demands and the row's own truth, and of knowledge
    agrees with the row's answer; one that is empty, cut or failed is wrong. `mix` can order by it.
    """

    version: ClassVar[int] = 4
    keeps_prompts: ClassVar[bool] = True
    leaves_out: ClassVar[bool] = True

    too_easy: float | None = Field(None, gt=0, le=1)
    """Reject rows whose pass rate is at least so high; 1 rejects what is always right."""
    too_hard: float | None = Field(None, ge=0, lt=1)
    """Reject rows whose pass rate is at most so high; 0 rejects what is never right."""

    def check(self, taxonomy: Taxonomy | None) -> None:
        """Raises RecipeError where every pass rate is too easy or too hard."""
        easy, hard = self.too_easy, self.too_hard
        if easy is not None and hard is not None and easy <= hard:
            raise RecipeError(
                f"difficulty: nothing lies between `too_hard` {hard:g} and `too_easy` {easy:g}; "
                "`too_easy` is the higher of the two"
            )

    def run(
        self,
        context: Context,
        rows: list[Rows],
        attempts: list[Rows],
        taxonomy: Taxonomy | None = None,
    ) -> Rows:
        """The rows with `pass_rate` and `attempts`, their number; rejected are those too easy, too
        hard, or never attempted.

        Raises RowsError where no attempt belongs to any row, or nothing says which are right.
        """
        checker, tried = Checker(taxonomy), _by_prompt(attempts)
        given = joined(rows)
        if given and not any(row["id"] in tried for row in given):
            raise RowsError(
                "attempts: none of them answers one of these rows; make them with "
                "`responses: {rows: <the same>, help: none, samples: 4}`"
            )
        blind = [row["id"] for row in given if not _can_tell(row, tried, checker)]
        if blind:
            raise RowsError(
                f"nothing says which answer is right for {len(blind)} rows, {blind[0]} first; give "
                "them `answer`, `tests` or `verify`, or their leaf `verify`"
            )
        made = Rows([], [])
        for row in given:
            if found := tried.get(row["id"]):
                right = sum(_is_right(row, attempt, checker) for attempt in found)
                graded = row | {PASS_RATE: right / len(found), "attempts": len(found)}
                reason = self._outside(right, len(found))
            else:
                graded, reason = row, "not attempted"
            (made.rejected if reason else made.kept).append(
                graded | ({"reason": reason} if reason else {})
            )
        return made

    def _outside(self, right: int, of: int) -> str | None:
        rate, words = right / of, f"{right} of {of} attempts are right"
        if self.too_easy is not None and rate >= self.too_easy:
            return f"too easy: {words}"
        if self.too_hard is not None and rate <= self.too_hard:
            return f"too hard: {words}"
        return None


def _by_prompt(attempts: list[Rows]) -> dict[str, list[Row]]:
    """Attempts by the id of the row that they answer, those that came to nothing included."""
    found: dict[str, list[Row]] = {}
    for rows in attempts:
        for row in (*rows.kept, *rows.rejected):
            for name in {row.get("prompt_id"), *(row.get("parents") or [])} - {None}:
                found.setdefault(str(name), []).append(row)
    return found


def _can_tell(row: Row, tried: dict[str, list[Row]], checker: Checker) -> bool:
    """Whether all attempts at a row that came to something can be checked."""
    made = [attempt for attempt in tried.get(row["id"], []) if not attempt.get("reason")]
    return all(checker.can_tell(attempt | truth_of(row)) for attempt in made)


def _is_right(row: Row, attempt: Row, checker: Checker) -> bool:
    if attempt.get("reason"):
        return False
    return checker.why_wrong(attempt | truth_of(row)) is None
