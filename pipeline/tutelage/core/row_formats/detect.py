"""Which format a file's records are in."""

import functools
from collections.abc import Sequence

from tutelage.core.errors import RowsError
from tutelage.core.nearest import nearest
from tutelage.core.row_files import Record
from tutelage.core.row_formats.alpaca import ALPACA
from tutelage.core.row_formats.plain_text import PLAIN_TEXT
from tutelage.core.row_formats.preferences import PAIRS, RATED, RATINGS
from tutelage.core.row_formats.question_answer import QUESTION_ANSWER
from tutelage.core.row_formats.row_format import Row, RowFormat, refuse
from tutelage.core.row_formats.sharegpt import SHAREGPT
from tutelage.core.row_formats.trl import OPENAI, TRL

FORMATS: dict[str, RowFormat] = {
    "openai": OPENAI,
    "ultrafeedback": RATED,
    "pairs": PAIRS,
    "sharegpt": SHAREGPT,
    "alpaca": ALPACA,
    "qa": QUESTION_ANSWER,
    "trl": TRL,
    "text": PLAIN_TEXT,
}
"""By name, in the order in which a record is tried for them."""


def find_format(name: str) -> RowFormat | None:
    """The format of a name; None for `auto`. Raises RowsError for any other name."""
    if name == "auto":
        return None
    if name not in FORMATS:
        raise RowsError(f"no format of rows '{name}'{nearest(name, [*FORMATS, 'auto'])}")
    return FORMATS[name]


def detect_format(record: Row) -> str | None:
    """The name of the first format whose columns a record has; empty columns do not count."""
    return _format_of(named_columns(record))


def convert_records(records: Sequence[Record], name: str = "auto") -> list[tuple[str, Row]]:
    """The records as rows in TRL's columns, each by its own format or by the one named.

    Raises RowsError with file, row and column for what is of no format, or of another than named.
    """
    given = find_format(name)
    made = []
    for where, record in records:
        there = named_columns(record)
        found = given or FORMATS.get(_format_of(there) or "")
        if found is None:
            raise refuse(where, there, _all_columns())
        if given and not found.matches(there):
            raise refuse(where, there, f"{found.columns} (format {name})")
        row = found.convert(there, where)
        # What else such a record holds under TRL's names is read as that, or refused.
        made.append((where, row if found in (TRL, OPENAI, PLAIN_TEXT) else TRL.convert(row, where)))
    return made


def _format_of(there: Row) -> str | None:
    """By the names of the columns, once for all records with these; ratings are looked into."""
    if RATINGS in there:
        return _matching(there)
    return _format_of_names(tuple(there))


@functools.lru_cache(maxsize=1024)
def _format_of_names(names: tuple[str, ...]) -> str | None:
    return _matching(dict.fromkeys(names))


def _matching(there: Row) -> str | None:
    return next((name for name, kind in FORMATS.items() if kind.matches(there)), None)


def named_columns(record: Row) -> Row:
    """The columns that have a value."""
    return {str(name): value for name, value in record.items() if value is not None}


def _all_columns() -> str:
    others = [f"{kind.columns} ({name})" for name, kind in FORMATS.items() if kind is not TRL]
    return f"{TRL.columns}; or those of another format: {'; '.join(others)}"
