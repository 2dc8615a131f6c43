"""Tables of Markdown as records that can be said: each cell with its row and its column."""

import re
from collections.abc import Iterator

from tutelage.taxonomy.documents.inline import plain_inline

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?")


def table_records(text: str) -> Iterator[str]:
    """`row, column: cell` for each cell but a row's first; of one column, the cells themselves.

    A column without a name gives `row: cell`; empty cells say nothing.
    """
    header, *rows = [_cells(line) for line in text.split("\n") if line.strip()]
    for row in rows:
        if all(map(_RULE.fullmatch, row)):
            continue
        if len(row) == 1 and row[0]:
            yield row[0]
        for column, cell in zip(header[1:], row[1:], strict=False):
            if cell:
                yield f"{row[0]}, {column}: {cell}" if column else f"{row[0]}: {cell}"


def _cells(line: str) -> list[str]:
    found = _BAR.split(line.strip().removeprefix("|").removesuffix("|"))
    return [plain_inline(cell.strip().replace("\\|", "|")) for cell in found]
