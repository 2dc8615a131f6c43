"""Tables of HTML in a form that Markdown can hold: every row has a cell for every column."""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from bs4.element import Tag

_CELLS = ["td", "th"]
_WIDEST = 1_000
"""Columns or rows that one cell may span, as in browsers."""

Cells = Sequence["Tag | None"]


def square_tables(page: "BeautifulSoup") -> None:
    """Repeat spanning cells in each row and column they reach, and pad rows that are too short.

    Header rows become one, the texts of a column after each other; a footer stands last. A table
    inside a cell becomes that cell's text.
    """
    for table in reversed(page.find_all("table")):  # inner ones first
        if table.find_parent(_CELLS) is not None and table.find_parent("table") is not None:
            _flatten(page, table)
        else:
            _square(page, table)


def _flatten(page: "BeautifulSoup", table: "Tag") -> None:
    """`a, b; c, d`: rows and cells as a list in words."""
    rows = [", ".join(filter(None, map(_text, _cells(row)))) for row in _rows(table)]
    table.replace_with(page.new_string(f" {'; '.join(filter(None, rows))} "))


def _square(page: "BeautifulSoup", table: "Tag") -> None:
    rows = _rows(table)
    grid = _grid(rows)
    width = max(map(len, grid), default=0)
    heads = _header_rows(rows)
    new = page.new_tag("table")
    if heads > 1:
        header = [_stacked(page, [_at(row, n) for row in grid[:heads]]) for n in range(width)]
        new.append(_row(page, header, width, "th"))
        grid = grid[heads:]
    for number, cells in enumerate(grid):
        is_head = heads == 1 and number == 0
        new.append(_row(page, cells, width, "th" if is_head else "td"))
    caption = table.find("caption")
    if caption is not None:
        table.insert_before(caption.extract())
        caption.name = "p"
    table.replace_with(new)


def _rows(table: "Tag") -> list["Tag"]:
    """The rows of this table, not of one inside it, those of a footer last."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    return sorted(rows, key=lambda row: row.find_parent(["tfoot", "table"]) is not table)


def _cells(row: "Tag") -> list["Tag"]:
    return [cell for cell in row.find_all(_CELLS) if cell.find_parent("tr") is row]


def _grid(rows: list["Tag"]) -> list[list["Tag | None"]]:
    """The cell at each place; a spanning one stands at all of its places."""
    grid: list[list[Tag | None]] = []
    reaching: dict[int, tuple[int, Tag]] = {}
    """By column: for how many more rows which cell stands there."""
    for row in rows:
        line: list[Tag | None] = []
        for cell in _cells(row):
            _take_reaching(line, reaching)
            down = _span(cell, "rowspan", len(rows))
            for _ in range(_span(cell, "colspan", _WIDEST)):
                if down > 1:
                    reaching[len(line)] = (down - 1, cell)
                line.append(cell)
        _take_reaching(line, reaching)
        grid.append(line)
    return [line for line in grid if line]


def _take_reaching(line: list["Tag | None"], reaching: dict[int, tuple[int, "Tag"]]) -> None:
    """Add the cells of earlier rows that reach the next places of this one."""
    while len(line) in reaching:
        left, cell = reaching.pop(len(line))
        if left > 1:
            reaching[len(line)] = (left - 1, cell)
        line.append(cell)


def _span(cell: "Tag", name: str, most: int) -> int:
    """0 reaches to the end, and what is no number counts as 1."""
    text = str(cell.get(name) or "1").strip()
    if not (text.isascii() and text.isdigit()):
        return 1
    return min(int(text[:6]) or most, most, _WIDEST)


def _header_rows(rows: list["Tag"]) -> int:
    """How many rows at the top are headers: those of `thead`, else the ones of `th` alone."""
    heads = 0
    for row in rows:
        names = {cell.name for cell in _cells(row)}
        if row.find_parent("thead") is None and names != {"th"}:
            break
        heads += 1
    return heads if heads < len(rows) else min(heads, 1)


def _row(page: "BeautifulSoup", cells: Cells, width: int, name: str) -> "Tag":
    row = page.new_tag("tr")
    for number in range(width):
        cell = _at(cells, number)
        new = page.new_tag(name)
        for child in cell.contents if cell is not None else ():
            new.append(copy.copy(child))
        row.append(new)
    return row


def _stacked(page: "BeautifulSoup", cells: Cells) -> "Tag":
    """One cell with the different texts of several."""
    new = page.new_tag("th")
    new.append(" ".join(dict.fromkeys(text for text in map(_text, cells) if text)))
    return new


def _at(cells: Cells, number: int) -> "Tag | None":
    return cells[number] if number < len(cells) else None


def _text(cell: "Tag | None") -> str:
    return " ".join(cell.get_text(" ").split()) if cell is not None else ""


def close_implied(page: "BeautifulSoup") -> None:
    """End what HTML ends without a tag: a cell at the next one, a row, a list item, a paragraph."""
    for names, within in _IMPLIED:
        for tag in page.find_all(names):
            outer = tag.find_parent([*names, *within])
            while outer is not None and outer.name in names:
                for moved in reversed([tag, *tag.next_siblings]):
                    outer.insert_after(moved.extract())
                outer = tag.find_parent([*names, *within])


_IMPLIED: tuple[tuple[list[str], list[str]], ...] = (
    (["tr"], ["table"]),
    (["td", "th"], ["tr", "table"]),
    (["li"], ["ul", "ol", "menu"]),
    (["dt", "dd"], ["dl"]),
)
