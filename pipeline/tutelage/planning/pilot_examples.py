"""Rows that a pilot trains on for a few steps: the taxonomy's own examples, as often as needed."""

from tutelage.core.artifacts import Row, Rows
from tutelage.planning.pilot_sampling import evenly
from tutelage.taxonomy.leaf import Taxonomy


def seed_rows(taxonomy: Taxonomy | None, wanted: int) -> Rows:
    """So many rows of the seeds, evenly from all leaves; a few seeds are repeated with a number.

    The rejected answer of a row is the one before with a dot: pairs only have to be unlike.
    """
    leaves = taxonomy.leaves if taxonomy else ()
    seeds = evenly([(leaf.path, seed) for leaf in leaves for seed in leaf.seeds], wanted)
    rows: list[Row] = []
    for number in range(wanted if seeds else 0):
        leaf, seed = seeds[number % len(seeds)]
        mark = "" if number < len(seeds) else f" ({number})"
        before = f"{seed.context}\n\n" if seed.context else ""
        answer = [{"role": "assistant", "content": seed.answer}]
        other = seeds[(number - 1) % len(seeds)][1].answer
        rows.append(
            {
                "id": f"pilot:{number}",
                "leaf": leaf,
                "parents": [],
                "prompt": [{"role": "user", "content": before + seed.question + mark}],
                "completion": answer,
                "chosen": answer,
                "rejected": [{"role": "assistant", "content": f"{other}."}],
            }
        )
    return Rows(rows)
