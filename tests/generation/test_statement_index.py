"""Which statement a question is about: the same in each run."""

import random

from tutelage.generation.statement_index import StatementIndex
from tutelage.taxonomy.documents.statements import Statement

NAMES = ["amber", "birch", "cedar", "delta", "easel", "flint", "gravel"]
OTHERS = ["hazel", "ivory", "jasper", "kelp", "lemon", "maple", "nettle"]


def test_a_tie_singles_out_neither_however_the_weights_are_added() -> None:
    draw = random.Random(1)
    for _ in range(12):
        often = [draw.randint(0, 30) for _ in NAMES]  # how often both words of a pair stand
        pairs = list(zip(NAMES, draw.sample(OTHERS, len(OTHERS)), often, strict=True))
        texts = [f"{a} {b}" for a, b, times in pairs for _ in range(times)]
        both = [" ".join(NAMES), " ".join(OTHERS), *texts]
        found = StatementIndex(
            [Statement(f"s{n}", "a.md", ("A",), text) for n, text in enumerate(both)]
        )
        asked = " ".join([*NAMES, *OTHERS])
        assert not found.singles_out(asked, 0)
        assert not found.singles_out(asked, 1)
        assert found.singles_out(" ".join([*NAMES, OTHERS[0]]), 0)
