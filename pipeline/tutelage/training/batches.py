"""Which rows each optimiser step takes: decided by seed and lengths alone.

The order depends neither on the number of devices nor on the micro-batch nor on where a run was
interrupted, so neither changes what is learnt.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

_POOL_STEPS = 50
"""Steps whose rows are sorted by length together: little padding, and still a random order."""

_POOL_IN_ORDER = 4
"""The same where rows are taken in their order."""


class Steps:
    """A batch sampler: the rows of each step of an epoch, rows of like length together.

    The very first step takes the longest rows, so that a lack of memory shows at once.
    """

    def __init__(
        self, lengths: Sequence[int], rows: int, seed: int, *, in_order: bool = False
    ) -> None:
        """`in_order`: steps take the rows as they come, a curriculum; only a few steps' rows are
        sorted by length together."""
        self._lengths, self._rows, self._seed = lengths, rows, seed
        self._in_order = in_order
        self._epoch = 0

    def __len__(self) -> int:
        return -(-len(self._lengths) // self._rows)

    def __iter__(self) -> Iterator[list[int]]:
        steps = self._drawn()
        if self._epoch == 0 and not self._in_order:
            longest = max(steps, key=lambda step: max(self._lengths[i] for i in step))
            steps.remove(longest)
            steps.insert(0, longest)
        return iter(steps)

    def set_epoch(self, epoch: int) -> None:
        """Draw another order for another epoch."""
        self._epoch = epoch

    def _drawn(self) -> list[list[int]]:
        draw = random.Random(f"{self._seed}/{self._epoch}")
        order = list(range(len(self._lengths)))
        if not self._in_order:
            draw.shuffle(order)
        most = _POOL_IN_ORDER if self._in_order else _POOL_STEPS
        pool = self._rows * max(1, min(most, len(order) // (4 * self._rows)))
        steps: list[list[int]] = []
        for start in range(0, len(order), pool):
            like = sorted(order[start : start + pool], key=lambda i: -self._lengths[i])
            steps += [like[at : at + self._rows] for at in range(0, len(like), self._rows)]
        if not self._in_order:
            draw.shuffle(steps)
        return steps


def micro_batches(rows: list[Any], rank: int, devices: int, micro: int) -> list[list[Any]]:
    """One device's part of a step's rows, cut into micro-batches of at most `micro` rows.

    Rows come longest first and are dealt out one by one, so devices get like work. All devices have
    as many micro-batches of the same sizes, for they meet at each. What cannot be shared evenly is
    a last one, of one row on some devices and none on the others.
    """
    even = len(rows) // devices * devices
    mine = rows[:even][rank::devices]
    parts = [mine[at : at + micro] for at in range(0, len(mine), micro)]
    rest = rows[even:]
    return [*parts, rest[rank : rank + 1]] if rest else parts
