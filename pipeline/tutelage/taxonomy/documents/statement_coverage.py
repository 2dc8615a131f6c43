"""How much of a leaf's documents accepted rows ask about: by section and by statement."""

from collections.abc import Iterable, Sequence
from typing import Any

from tutelage.taxonomy.documents.statements import Statement

_NAMED = 12
"""Statements without a row that are named, at most."""


def coverage(statements: Sequence[Statement], with_rows: Iterable[str]) -> dict[str, Any]:
    """Sections and statements, how many have an accepted row, and the first ones that have none."""
    covered = set(with_rows)
    sections: dict[tuple[str, tuple[str, ...]], bool] = {}
    for one in statements:
        place = (one.document, one.headings)
        sections[place] = sections.get(place, False) or one.id in covered
    without = [one.spoken for one in statements if one.id not in covered]
    return {
        "sections": len(sections),
        "sections_with_rows": sum(sections.values()),
        "statements": len(statements),
        "statements_with_rows": len(statements) - len(without),
        "without": without[:_NAMED],
    }
