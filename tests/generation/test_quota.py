"""Quotas: rounds go where rows are missing, and end where they must."""

from collections import Counter
from collections.abc import Sequence

import pytest
from tutelage.core.artifacts import Row
from tutelage.generation.quota import Quota, spread
from tutelage.generation.session import RequestCoroutine


class Fixed:
    """A writer of so many cells, which is never asked."""

    def __init__(self, *cells: str) -> None:
        self.cells = cells

    def cell_of(self, row: Row) -> str:
        return str(row["cell"])

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        yield []
        return []


def rows(*cells: str, **more: str) -> list[Row]:
    return [{"id": f"{cell}{n}", "cell": cell} | more for n, cell in enumerate(cells)]


@pytest.mark.parametrize("count", [0, 1, 3, 7, 60])
def test_cells_are_covered_evenly(count: int) -> None:
    found = Counter(spread("abc", count, {}, {}))
    assert found.total() == count
    assert max(found.values(), default=0) - min((found[c] for c in "abc"), default=0) <= 1


def test_the_emptiest_cell_comes_first_and_of_these_the_one_tried_least() -> None:
    assert spread("abc", 3, {"a": 2, "b": 1}, {}) == ["c", "b", "c"]
    assert spread("abc", 2, {}, {"a": 5, "b": 1}) == ["c", "b"]
    assert spread("", 3, {}, {}) == []


def test_later_rounds_ask_by_what_was_accepted_before() -> None:
    quota = Quota("leaf", 10, Fixed("a", "b"), attempts=10, first=2)
    assert len(quota.next()) == 20
    quota.count(rows(*"aaaaa"), rows(*"b" * 15, reason="echo: x"))
    asked = quota.next()  # a quarter was accepted, five are missing
    assert len(asked) == 20
    assert Counter(asked)["b"] > Counter(asked)["a"]
    quota.count(rows(*"bbbbb"), [])
    assert quota.next() == []
    assert quota.shortfall() is None


def test_a_surplus_goes_from_the_fullest_cells() -> None:
    quota = Quota("leaf", 4, Fixed("a", "b", "c"), attempts=3, first=2)
    quota.count(rows(*"aaabc"), [])
    quota.count(rows(*"c"), [])
    assert quota.drop_surplus() == {"a2", "c0"}
    assert (quota.accepted, quota.missing) == (4, 0)
    assert set(+quota.had) == set("abc")


def test_attempts_are_a_ceiling_and_the_shortfall_says_why() -> None:
    quota = Quota("leaf", 4, Fixed("a", "b"), attempts=3, first=2)
    while cells := quota.next():
        good = [cell for cell in cells if cell == "a"][:1]
        quota.count(rows(*good), rows(*"b" * (len(cells) - len(good)), reason="echo: x"))
    assert quota.asked == 12
    short = quota.shortfall()
    assert short is not None
    assert (short["accepted"], short["why"]) == (quota.accepted, "the attempts are used up")
    (cell,) = [cell for cell in short["cells"] if cell["cell"] == "b"]
    assert (cell["wanted"], cell["accepted"]) == (2, 0)
    assert cell["rejected"] == {"echo": 12 - quota.accepted}


def test_a_leaf_with_nothing_to_ask_about_says_so() -> None:
    quota = Quota("leaf", 4, Fixed(), attempts=3, first=2)
    assert quota.next() == []
    short = quota.shortfall()
    assert short is not None
    assert short["why"] == "its documents have nothing to ask about"
