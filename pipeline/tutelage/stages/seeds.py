"""Seeds: what people wrote for the leaves becomes training rows too."""

from collections.abc import Collection
from typing import ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.taxonomy.leaf import Leaf, Seed, Taxonomy


class Seeds(Stage):
    """Take the seed examples of leaves as rows: few, but right, and what a leaf's answers are like.

    Of skills by default: the short answers of knowledge seeds teach little beside statements.
    """

    version: ClassVar[int] = 1

    kinds: list[Literal["knowledge", "foundational", "compositional"]] = [
        "foundational",
        "compositional",
    ]
    """Of which kinds of leaves."""

    def run(self, context: Context, taxonomy: Taxonomy) -> Rows:
        """Rows with `prompt`, `completion`, `attributes`, and `context` where the seed has one."""
        return Rows(seed_rows(taxonomy, self.kinds))


def seed_rows(taxonomy: Taxonomy, kinds: Collection[str]) -> list[Row]:
    """The seeds of the leaves of some kinds, as rows."""
    leaves = [leaf for leaf in taxonomy.leaves if leaf.kind in kinds]
    return [_row(leaf, seed) for leaf in leaves for seed in leaf.seeds]


def _row(leaf: Leaf, seed: Seed) -> Row:
    asked = f"{seed.context}\n\n{seed.question}" if seed.context else seed.question
    row: Row = {
        "id": f"row:{seed.id.removeprefix('seed:')}",
        "leaf": leaf.path,
        "parents": [seed.id],
        "prompt": [{"role": "user", "content": asked}],
        "completion": [{"role": "assistant", "content": seed.answer}],
        "attributes": dict(seed.attributes),
    }
    return row | ({"context": seed.context} if seed.context else {})
