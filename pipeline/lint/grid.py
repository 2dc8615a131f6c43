"""Whether the attribute grid varies anything, and whether the seeds stand in it."""

from collections import Counter

from pipeline.config import nearest
from pipeline.taxonomy.read import LeafRead
from pipeline.wording import plain


def check_grid(read: LeafRead) -> None:
    """Note attributes with one value, values that repeat, and seeds with unknown attributes."""
    leaf, notes = read.leaf, read.notes
    for name, values in leaf.attributes.items():
        place = f"attributes.{name}"
        if len(values) == 1:
            message = "has one value, so it varies nothing; give more, or say it in the task"
            notes.warning("single-value", place, message)
        for text, times in Counter(map(plain, values)).items():
            if times > 1:
                last = max(n for n, value in enumerate(values) if plain(value) == text)
                message = f"'{values[last]}' stands {times} times and would be sampled as often"
                notes.warning("duplicate-value", f"{place}.{last}", message)
    for seed in leaf.seeds:
        for name in set(seed.attributes) - set(leaf.attributes):
            hint = nearest(name, leaf.attributes) or "; the leaf has no `attributes`"
            place = f"{_example(seed.place)}.attributes.{name}"
            notes.warning("unknown-attribute", place, f"unknown attribute '{name}'{hint}")


def _example(place: str) -> str:
    """The place of the example that a question and answer stand in."""
    return ".".join(place.split(".")[:2])
