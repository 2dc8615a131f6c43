"""Stages that make rows of rows: of each so many tries, about each so many requests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tutelage.planning.estimates import ALL, NOTHING, Estimate
from tutelage.planning.row_estimates import RowEstimate, TextLength, pooled, row_inputs
from tutelage.planning.stage_forecast import PlannedStage, RequestEstimate, StageForecast


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a stage is taken to do with each row where nothing was measured."""

    kept: Estimate
    """The share of its tries that become rows."""
    fresh: Estimate = ALL
    """The share of these that repeat no row that a pilot does not see."""
    requests: Estimate = NOTHING
    """To each of its models, about each row."""
    tries: float = 1.0
    """Rows that it tries to make of each."""
    max_tokens: int = 256
    shared_tokens: Callable[[str], float] = lambda leaf: 0.0
    """By leaf: what all requests begin with."""
    answer: Estimate | None = None
    """Tokens of an answer that it gives a row; None where the row keeps its own."""


def row_by_row(planned: PlannedStage, assumed: Assumed) -> StageForecast:
    """Rows and requests, each in proportion to the rows that the stage is given."""
    parts = [part for name in row_inputs(planned.stage) for part in planned.rows.get(name, [])]
    made = pooled(_made(planned, part, assumed) for part in parts)
    given = pooled(parts)
    requests = tuple(
        request
        for names in planned.models.values()
        for model in names
        for request in _requests(planned, model, given, assumed)
    )
    share = assumed.tries * max(part.per_prompt for part in parts) if parts else 1.0
    return StageForecast(replace(made, per_prompt=max(1.0, share)), requests)


def _made(planned: PlannedStage, part: RowEstimate, assumed: Assumed) -> RowEstimate:
    """What becomes of some rows; all that passed the very same stage before pass again."""
    if part.passed:
        return part
    tries = planned.seen.tries_per_row(assumed.tries)
    rows = {
        leaf: count * tries * planned.seen.kept(leaf, assumed.kept) * assumed.fresh
        for leaf, count in part.rows.items()
    }
    if assumed.answer is None:
        return RowEstimate(rows, part.lengths)
    lengths = {leaf: TextLength(part.lengths[leaf].question, assumed.answer) for leaf in rows}
    return RowEstimate(rows, lengths)


def _requests(
    planned: PlannedStage, model: str, given: RowEstimate, assumed: Assumed
) -> Iterator[RequestEstimate]:
    for leaf, count in given.rows.items():
        measured = planned.seen.per_row(model, leaf)
        for limit, rate in (measured or {assumed.max_tokens: assumed.requests}).items():
            length = given.lengths[leaf]
            own = (length.question if assumed.answer else length.whole).expected
            shared = assumed.shared_tokens(leaf)
            yield RequestEstimate(model, leaf, count * rate, limit, own, shared)
