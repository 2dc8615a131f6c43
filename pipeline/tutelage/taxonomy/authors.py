"""Who wrote a taxonomy's examples, counted: for `run.json`."""

from collections import Counter
from typing import Any

from tutelage.taxonomy.leaf import Author, Taxonomy

UNREAD = " (unread)"
"""Behind the name of who approved drafts without looking at them."""


def count_authors(taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """By kind (`seed`, `held_out`), origin and the model that wrote them: how many there are."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for leaf in taxonomy.leaves:
        for kind, examples in (("seed", leaf.seeds), ("held_out", leaf.eval_examples)):
            for one in examples:
                counts[kind, _origin(one.author), one.author.written_by] += 1
    names = ("kind", "origin", "written_by")
    return [dict(zip(names, key, strict=True)) | {"n": n} for key, n in sorted(counts.items())]


def _origin(author: Author) -> str:
    is_unread = author.origin == "approved" and author.approved_by.endswith(UNREAD)
    return "unread" if is_unread else author.origin
