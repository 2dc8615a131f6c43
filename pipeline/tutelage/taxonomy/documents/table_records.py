"""Tables of Markdown as records that can be said: each row with its columns."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tutelage.taxonomy.documents.inline import plain_inline

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")
_DASHES = re.compile(r"[-\u2013\u2014]+")
_MOST_WORDS = 32
"""Words of a record that is said at once; of a longer row each cell is a record."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row as text, its name and the names of the columns that it has something in."""

    text: str
    row: str
    columns: tuple[str, ...]


def table_records(text: str) -> Iterator[Record]:
    """`row: column cell; column cell` for each row, or where that is long, for each of its cells.

    A column without a name gives the cell alone; cells that are empty or a dash say nothing.
    """
    header, *rows = [_cells(line) for line in text.split("\n") if line.strip()]
    for row in rows:
        if all(map(_RULE.fullmatch, row)):
            continue
        named = zip(header[1:], row[1:], strict=False)
        found = [(column, cell) for column, cell in named if cell and not _DASHES.fullmatch(cell)]
        cells = [f"{column} {cell}".strip() for column, cell in found]
        whole = f"{row[0]}: {'; '.join(cells)}" if cells else row[0]
        columns = tuple(column for column, _ in found)
        if len(whole.split()) <= _MOST_WORDS:
            yield from [Record(whole, row[0], columns)] if whole else []
        else:
            for cell, column in zip(cells, columns, strict=True):
                yield Record(f"{row[0]}: {cell}", row[0], (column,))


def _cells(line: str) -> list[str]:
    found = _BAR.split(line.strip().removeprefix("|").removesuffix("|"))
    return [plain_inline(cell.strip().replace("\\|", "|")) for cell in found]
