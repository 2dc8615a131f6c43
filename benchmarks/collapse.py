"""The collapse warning: how often it is false, and how soon it is right.

    python -m benchmarks.collapse [--check] [--quick]

Rounds of rows are drawn from the corpus of `diversity_corpus.py`. Without collapse both rounds are
draws alike, of new instructions or with repeats among them (noise). With collapse the later round
is drawn from a part of the tasks' clusters only, the part given. Writes benchmarks/collapse.md;
`--check` exits 1 where more than 3% of the pairs without collapse are warned of (1% is meant), or
a round of 100 rows drawn from a tenth is overlooked in more than a fifth of the cases.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tutelage.core.artifacts import Row
from tutelage.curation.diversity.collapse import collapse

from benchmarks.diversity_corpus import Instruction, corpus
from benchmarks.ending import finish

FILE = Path(__file__).with_suffix(".md")
ROWS = (30, 100)
PARTS = (0.5, 0.2, 0.1, 0.03)


def rows_of(drawn: list[Instruction], name: str) -> list[Row]:
    return [{"id": f"{name}:{n}", "leaf": "all", "prompt": o.text} for n, o in enumerate(drawn)]


def pairs_of_rounds(
    written: list[Instruction], rows: int, part: float | None, count: int
) -> Iterator[tuple[list[Row], list[Row]]]:
    """So many pairs of rounds; the later of a pair from a part of the instructions."""
    for seed in range(count):
        chance = random.Random(seed)
        pool = chance.sample(written, 400)
        narrow = pool if part is None else pool[: max(1, round(part * len(pool)))]
        before = [chance.choice(pool) for _ in range(rows)]
        after = [chance.choice(narrow) for _ in range(rows)]
        yield rows_of(before, f"b{seed}"), rows_of(after, f"a{seed}")


def alarms(written: list[Instruction], rows: int, part: float | None, count: int) -> float:
    """The share of pairs that are warned of."""
    found = [
        collapse(before, after, seed=seed)[0].alarm
        for seed, (before, after) in enumerate(pairs_of_rounds(written, rows, part, count))
    ]
    return sum(found) / len(found)


def main() -> int:
    """Simulate, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    count = 20 if options.quick else 150
    written = corpus(5000)
    fresh = [one for one in written if one.kind in ("new", "hard")]
    head = ["later round drawn from", *(f"{rows} rows a round" for rows in ROWS)]
    table = [head, ["---"] * len(head)]
    cases: list[tuple[str, list[Instruction], float | None]] = [
        ("all, new instructions", fresh, None),
        ("all, repeats among them", written, None),
    ]
    cases += [(f"{part:.0%} of them", written, part) for part in PARTS]
    shares = {}
    for name, pool, part in cases:
        shares[name] = [alarms(pool, rows, part, count) for rows in ROWS]
        table.append([name, *(f"{share:.1%}" for share in shares[name])])
    page = "\n".join(
        [
            "# Collapse warnings",
            "",
            f"`python -m benchmarks.collapse` wrote this: the share of {count} pairs of rounds",
            "that are warned of, at a level of 1%. The first two lines are false alarms.",
            "",
            *(f"| {' | '.join(cells)} |" for cells in table),
            "",
        ]
    )
    false = max(share for name, _, part in cases if part is None for share in shares[name])
    overlooked = 1 - shares["10% of them"][-1]
    missed = [f"{false:.1%} false alarms, at most 3%"] if false > 0.03 else []
    if overlooked > 0.2:
        missed.append(f"{overlooked:.0%} of the rounds from a tenth overlooked, at most a fifth")
    return finish(page, missed, FILE, options)


if __name__ == "__main__":
    sys.exit(main())
