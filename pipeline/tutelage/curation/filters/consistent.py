"""Drops rows whose two answers differ: the one asked about, and the one given when asked."""

from tutelage.core.artifacts import Row, answer_of
from tutelage.core.text import agrees
from tutelage.curation.filters.row_filter import RowFilter, Scope


class Consistent(RowFilter):
    """The answer agrees with the row's `alternative`, a model's answer to the question.

    They agree when the content words of one are all among those of the other. Rows without a second
    answer are kept. A round trip of this kind finds questions that ask for something else
    (Alberti et al. 2019).
    """

    def check(self, row: Row, scope: Scope) -> str | None:
        """Quotes the second answer where it differs."""
        second = str(row.get("alternative") or "").strip()
        if not second:
            return None
        if agrees(answer_of(row), second):
            return None
        return f"consistent: asked again, the answer was '{second[:60]}'"
