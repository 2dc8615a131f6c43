"""The lines of a page in reading order: columns one after the other, rows of cells as tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SAME_LINE = 0.5
"""The share of the lower box's height by which two boxes of one line overlap, at least."""
_SPACE = 0.15
"""A gap between boxes, in heights, that is a space."""
_CELL = 1.2
"""A gap, in heights, that parts cells or columns."""
_FEWEST_LINES = 2
_PROSE = 2.5
"""Words of a cell, in the mean, from which on a grid is columns of prose and no table."""


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of text and where it stands, in points from the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """Its height, never 0."""
        return max(self.top - self.bottom, 1.0)


Line = list[Box]
"""The cells of a line, from left to right."""


def page_lines(boxes: Sequence[Box]) -> list[str]:
    """The text lines of a page.

    The order of the file is kept, but where it goes from one column to the other in each line. A
    grid of short cells becomes a table in Markdown, its first row the header.
    """
    lines = list(_joined(boxes))
    texts: list[str] = []
    start = 0
    while start < len(lines):
        grid = _grid(lines, start)
        if grid is None:
            texts.append(" ".join(cell.text for cell in lines[start]))
            start += 1
            continue
        texts += ["", *(_columns(grid) if _is_prose(grid) else _table(grid)), ""]
        start += len(grid)
    return texts


def _joined(boxes: Sequence[Box]) -> Iterator[Line]:
    """Boxes that follow each other on a line, as its cells."""
    line: Line = []
    for box in (box for box in boxes if box.text.strip()):
        if line and _overlap(line[-1], box) and box.left >= line[-1].left:
            gap = (box.left - line[-1].right) / min(line[-1].height, box.height)
            if gap > _CELL:
                line.append(box)
            else:
                line[-1] = _merged(line[-1], box, " " if gap > _SPACE else "")
        else:
            if line:
                yield line
            line = [box]
    if line:
        yield line


def _overlap(one: Box, other: Box) -> bool:
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared >= _SAME_LINE * min(one.height, other.height)


def _merged(one: Box, other: Box, glue: str) -> Box:
    text = f"{one.text}{glue}{other.text}"
    top, bottom = max(one.top, other.top), min(one.bottom, other.bottom)
    return Box(text, one.left, bottom, max(one.right, other.right), top)


def _grid(lines: Sequence[Line], start: int) -> list[list[str]] | None:
    """The rows of cells that begin at a line, by column; None where there is no grid."""
    spans: list[tuple[float, float]] = []
    rows: list[list[str]] = []
    for line in lines[start:]:
        if len(line) < 2:
            break
        if not spans:
            spans = [(cell.left, cell.right) for cell in line]
        places = [_column(cell, spans) for cell in line]
        if len(line) > len(spans) or None in places or len(set(places)) < len(places):
            break
        row = [""] * len(spans)
        for place, cell in zip(places, line, strict=True):
            assert place is not None
            row[place] = cell.text.strip()
            left, right = spans[place]
            spans[place] = (min(left, cell.left), max(right, cell.right))
        rows.append(row)
    return rows if len(rows) >= _FEWEST_LINES else None


def _column(cell: Box, spans: Sequence[tuple[float, float]]) -> int | None:
    """The one column that a cell lies in or under."""
    found = [n for n, (left, right) in enumerate(spans) if cell.left < right and left < cell.right]
    return found[0] if len(found) == 1 else None


def _is_prose(grid: Sequence[Sequence[str]]) -> bool:
    cells = [cell for row in grid for cell in row if cell]
    words = sum(len(cell.split()) for cell in cells)
    return len(grid[0]) <= 3 and words > _PROSE * len(cells)


def _columns(grid: Sequence[Sequence[str]]) -> Iterator[str]:
    for number in range(len(grid[0])):
        if number:
            yield ""
        yield from (row[number] for row in grid if row[number])


def _table(grid: Sequence[Sequence[str]]) -> Iterator[str]:
    header, *rows = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in grid]
    yield header
    yield f"|{' --- |' * len(grid[0])}"
    yield from rows
