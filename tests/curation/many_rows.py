"""Rows with repeats, for tests of filtering shard by shard; and filters of a user's own."""

import os
import random
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from tutelage.core.artifacts import Row, Rows
from tutelage.core.stored_rows import StoredRows
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together

_WORDS = (
    *("harbour", "crane", "tide", "vessel", "berth", "permit", "pilot"),
    *("cargo", "anchor", "signal", "fee", "lock", "buoy"),
)


class NoFees(RowFilter):
    """A filter of a user's own that looks at single rows."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Questions about fees are dropped."""
        return "fees: asked about" if " fee " in row["prompt"][0]["content"] else None


class Longest(RowFilter):
    """A filter of a user's own that compares the rows of a leaf."""

    together: ClassVar[Together] = "leaf"

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """The longest question of each leaf is dropped; it saw every earlier filter's word."""
        longest: dict[str, int] = {}
        for row in rows:
            length = len(row["prompt"][0]["content"])
            longest[row["leaf"]] = max(longest.get(row["leaf"], 0), length)
        new = rows[scope.there :]
        assert all(len(row["verdicts"]) >= 1 for row in new)
        return [None] * scope.there + [
            "longest: of its leaf"
            if len(row["prompt"][0]["content"]) == longest[row["leaf"]]
            else None
            for row in new
        ]


class Silent(RowFilter):
    """A filter of a user's own that compares rows and does not say which."""

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Every seventh row of all is dropped."""
        return ["seventh" if number % 7 == 6 else None for number in range(len(rows))]


class Deadly(RowFilter):
    """A filter of a user's own whose first process is killed, as when memory is full."""

    mark: str
    """A file that says it happened."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Kills the process once."""
        file = Path(self.mark)
        if not file.exists():
            file.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return None


def no_pilot(row: Row) -> str | None:
    """A plain function as a filter."""
    return "pilot" if "pilot" in row["prompt"][0]["content"].split()[:4] else None


def many_rows(count: int, seed: int = 1, leaves: Sequence[str] = ("a/b", "a/c", "d")) -> list[Row]:
    """Rows of some leaves; a third of them repeats an earlier one, exactly or nearly."""
    draw = random.Random(seed)
    rows: list[Row] = []
    for number in range(count):
        words = [draw.choice(_WORDS) for _ in range(8)]
        chance = draw.random()
        if rows and chance < 0.35:
            words = draw.choice(rows)["prompt"][0]["content"].rstrip("?").split()[3:]
            if chance < 0.2:
                words[-1] = draw.choice(_WORDS)
        question = f"How does the {' '.join(words)}?"
        row: Row = {
            "id": f"{seed}-{number}",
            "leaf": draw.choice(leaves),
            "parents": [],
            "prompt": [{"role": "user", "content": question}],
            "completion": [{"role": "assistant", "content": f"By {words[0]}, as {words[1]} does."}],
            "attributes": {"tone": draw.choice(["short", "long"])},
        }
        rows.append(row)
    return rows


def stored(rows: Sequence[Row], folder: Path) -> StoredRows:
    """Rows as a stage leaves them on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    content = Rows(list(rows)).save(folder)
    return StoredRows(folder, content, Rows(list(rows)).funnel())


def by_id(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows in the order of their ids."""
    return sorted(rows, key=lambda row: str(row["id"]))
