"""What pass rates do in a mix: how often a row is used, and the order with easy rows first."""

from collections.abc import Sequence

from tutelage.core.artifacts import Row
from tutelage.core.digests import derive_seed
from tutelage.core.errors import RowsError

_SEEDS = 1 << 31


def by_pass_rate(rows: Sequence[Row], seed: int) -> list[Row]:
    """Rows with the highest pass rate first (a curriculum; Bengio et al. 2009).

    Rows without one, replayed ones say, are spread evenly among the others.
    """
    rated = sorted(
        (row for row in rows if _rate(row) is not None), key=lambda row: -row["pass_rate"]
    )
    places = {id(row): (place + 0.5) / len(rated) for place, row in enumerate(rated)}
    drawn = {id(row): derive_seed(seed, row["id"]) / _SEEDS for row in rows}
    return sorted(rows, key=lambda row: places.get(id(row), drawn[id(row)]))


def worth(row: Row, middle: float) -> float:
    """How often a row is used that the student gets right at its pass rate r: middle x 4r(1 - r).

    That is `middle` where half of the attempts are right and nothing at either end: the variance of
    success, as in sampling for learnability (arXiv:2502.12272). Without a pass rate it is 1.
    """
    rate = _rate(row)
    return 1.0 if rate is None else middle * 4 * rate * (1 - rate)


def _rate(row: Row) -> float | None:
    """A row's pass rate; raises RowsError for what is none."""
    rate = row.get("pass_rate")
    if rate is None:
        return None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise RowsError(f"row {row['id']}: `pass_rate` is {rate!r}, not a share from 0 to 1")
    return float(rate)
