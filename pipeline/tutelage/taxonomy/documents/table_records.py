"""Tables of Markdown as records that can be said: each row with its columns."""

import re
from collections.abc import Iterator

from tutelage.taxonomy.documents.inline import plain_inline

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")
_MOST_WORDS = 32
"""Words of a record that is said at once; of a longer row each cell is a record."""


def table_records(text: str) -> Iterator[str]:
    """`row: column cell; column cell` for each row, or where that is long, for each of its cells.

    A column without a name gives the cell alone; empty cells say nothing.
    """
    header, *rows = [_cells(line) for line in text.split("\n") if line.strip()]
    for row in rows:
        if all(map(_RULE.fullmatch, row)):
            continue
        named = zip(header[1:], row[1:], strict=False)
        cells = [f"{column} {cell}".strip() for column, cell in named if cell]
        whole = f"{row[0]}: {'; '.join(cells)}" if cells else row[0]
        if len(whole.split()) <= _MOST_WORDS:
            yield from [whole] if whole else []
        else:
            yield from (f"{row[0]}: {cell}" for cell in cells)


def _cells(line: str) -> list[str]:
    found = _BAR.split(line.strip().removeprefix("|").removesuffix("|"))
    return [plain_inline(cell.strip().replace("\\|", "|")) for cell in found]
