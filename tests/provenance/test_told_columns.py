"""A reader sees what a row says and rests on, in whatever column that stands."""

from typing import Any

import pytest
from tutelage.core.row_columns import ROW_COLUMNS
from tutelage.provenance.lineage import COLUMNS, told

SAID = [{"role": "assistant", "content": "Blue."}]


@pytest.mark.parametrize(
    ("column", "value", "line"),
    [
        ("opening", "The tide", "opening: The tide"),
        ("reasoning", "2 + 2 = 4", "reasoning: 2 + 2 = 4"),
        ("label", False, "label: False"),
        ("completion", SAID, "completion: [assistant] Blue."),
        ("verify", [{"max_words": 4}], 'verify: [{"max_words": 4}]'),
        ("attributes", {"asker": "a pilot"}, 'attributes: {"asker": "a pilot"}'),
    ],
)
def test_a_column_is_told(column: str, value: Any, line: str) -> None:
    assert list(told({"id": "a", "leaf": "knowledge/a", column: value})) == [line]


def test_only_columns_that_rows_have_are_told() -> None:
    assert set(COLUMNS) <= set(ROW_COLUMNS)
    assert list(told(dict.fromkeys(COLUMNS))) == []
