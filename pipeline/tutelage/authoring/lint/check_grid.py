"""Whether the attribute grid varies anything, and whether the seeds stand in it."""

import math
from collections import Counter

from tutelage.core.nearest import nearest
from tutelage.core.text import plain
from tutelage.taxonomy.read_leaf import LeafRead

_MOST_CELLS = 10_000
"""More rows than anybody asks of one leaf."""


def check_grid(read: LeafRead) -> None:
    """Note lone, repeated and far too many values, and seeds with unknown attributes."""
    leaf, notes = read.leaf, read.notes
    cells = math.prod(map(len, leaf.attributes.values()))
    if cells > _MOST_CELLS:
        message = f"make {cells:,} combinations, far more than rows will be asked for"
        message += "; keep the attributes that change the task, with a few values each"
        notes.warning("huge-grid", "attributes", message)
    for name, values in leaf.attributes.items():
        place = f"attributes.{name}"
        if len(values) == 1:
            message = "has only one value, so nothing varies; add values, or remove it"
            notes.warning("single-value", place, message)
        for text, times in Counter(map(plain, values)).items():
            if times > 1:
                last = max(n for n, value in enumerate(values) if plain(value) == text)
                message = f"'{values[last]}' stands {times} times and would be used that often"
                notes.warning("duplicate-value", f"{place}.{last}", message)
    for seed in leaf.seeds:
        for name in set(seed.attributes) - set(leaf.attributes):
            hint = nearest(name, leaf.attributes) or "; the leaf has no `attributes`"
            place = f"{_example(seed.place)}.attributes.{name}"
            notes.warning("unknown-attribute", place, f"unknown attribute '{name}'{hint}")


def _example(place: str) -> str:
    """The place of the example that a question and answer stand in."""
    return ".".join(place.split(".")[:2])
