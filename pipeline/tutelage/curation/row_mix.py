"""A mix of rows being made: what is in it, what was left out, how full each leaf is."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from tutelage.core.artifacts import Ids, Row, said
from tutelage.core.digests import derive_seed, digest


class RowMix:
    """Rows are added part by part, each so many times; a seed decides what is drawn."""

    def __init__(self, seed: int, per_leaf: int | None = None) -> None:
        self._seed, self._per_leaf = seed, per_leaf
        self._leaves: Counter[str] = Counter()
        self._ids = Ids()
        self._there: set[str] = set()
        """What is in the mix: digests of the id that a row came with, what it says, and which use
        it is."""
        self.kept: list[Row] = []
        self.rejected: list[Row] = []

    def take(self, rows: Sequence[Row], weight: Callable[[Row], float]) -> int:
        """Add each row as often as its `weight` in the mean; returns how many went in."""
        before = len(self.kept)
        for rank, row in enumerate(self._drawn(rows)):
            whole, rest = divmod(weight(row), 1)
            times = int(whole) + (rank < round(rest * len(rows)))
            self._add_times(row, times, f"not drawn: weight {weight(row):g}")
        return len(self.kept) - before

    def take_statements(
        self,
        parts: Sequence[Sequence[Row]],
        weights: Sequence[float],
        exposures: Callable[[Row], float],
    ) -> list[int]:
        """Add rows about statements so that each statement is in about as many as `exposures` says
        of its first row.

        They come from the parts that have rows about it, by their weights; where these are fewer,
        they are used again, where they are more, some are left out. Returns how many went in of
        each part.
        """
        about = [_by_statement(part) for part in parts]
        taken = [0] * len(parts)
        for statement in dict.fromkeys(name for part in about for name in part):
            first = next(part[statement][0] for part in about if statement in part)
            wanted = exposures(first)
            total = sum(
                weight for part, weight in zip(about, weights, strict=True) if statement in part
            )
            for number, (part, weight) in enumerate(zip(about, weights, strict=True)):
                if rows := part.get(statement):
                    share = wanted * weight / total if total else 0.0
                    taken[number] += self._take_about(statement, number, rows, share)
        return taken

    def replay(self, rows: Sequence[Row], wanted: int, times: int = 1) -> int:
        """Add rows of earlier phases until `wanted` went in, each up to so many times; returns how
        many did."""
        before = len(self.kept)
        drawn = self._drawn(rows)
        for time in range(1, times + 1):
            for row in drawn:
                if len(self.kept) - before < wanted:
                    self._add(row, _use(time))
                elif time == 1:
                    self._leave_out(row, f"not replayed: {wanted} were wanted")
        return len(self.kept) - before

    def finish(self, leaves: Sequence[str]) -> None:
        """Add what is in the mix of some leaves or folders once more, at its end."""
        for row in list(self.kept):
            if any(_inside(str(row["leaf"]), name) for name in leaves):
                self._add(row, "~end")

    def _take_about(self, statement: str, part: int, rows: Sequence[Row], share: float) -> int:
        draw = derive_seed(self._seed, statement, part) % 1000 / 1000
        wanted = int(share) + (draw < share % 1)
        before = len(self.kept)
        whole, rest = divmod(wanted, len(rows))
        for rank, row in enumerate(self._drawn(rows)):
            self._add_times(row, whole + (rank < rest), "not drawn: its statement has enough rows")
        return len(self.kept) - before

    def _add_times(self, row: Row, times: int, otherwise: str) -> None:
        if not times:
            self._leave_out(row, otherwise)
        for time in range(times):
            self._add(row, _use(time + 1))

    def _drawn(self, rows: Iterable[Row]) -> list[Row]:
        """The rows in an order drawn from seed and ids, whatever order they came in."""
        return sorted(rows, key=lambda row: (derive_seed(self._seed, row["id"]), row["id"]))

    def _add(self, row: Row, use: str = "") -> None:
        """Add a row; a further use of it is a row of its own, with the first as its parent."""
        leaf, one = row["leaf"], digest(row["id"], said(row), use)
        added = row | {"id": f"{row['id']}{use}", "parents": [row["id"]]} if use else row
        if one in self._there:
            self._leave_out(added, "repeated: this row is in the mix")
        elif self._per_leaf is not None and self._leaves[leaf] >= self._per_leaf:
            self._leave_out(added, f"leaf full: {self._per_leaf} rows of it are in the mix")
        else:
            self._there.add(one)
            self._leaves[leaf] += 1
            self.kept.append(self._ids.own(added))

    def _leave_out(self, row: Row, reason: str) -> None:
        self.rejected.append(row | {"reason": reason})


def _by_statement(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.get("statement"):
            found[str(row["statement"])].append(row)
    return found


def _use(time: int) -> str:
    """What the id of a row ends with that is used for the so manyth time."""
    return f"~{time}" if time > 1 else ""


def _inside(leaf: str, name: str) -> bool:
    return leaf == name or leaf.startswith(f"{name.rstrip('/')}/")
