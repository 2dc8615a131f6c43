"""How alike two texts are by their wording: the Jaccard similarity of character shingles."""

from tutelage.curation.duplicates.marks import Worded

SHINGLE = 5
"""Characters to a shingle: few enough to survive a changed word in a short question."""
PERMUTATIONS = 128
"""The size of a MinHash signature, at most: it tells a similarity of 0.7 to within 0.04."""
SLACK = 0.1
"""By so much a signature may take a similarity for less than it is and the pair still counts."""
_FOUND = 0.98

Found = tuple[int, float] | None
"""The number of an earlier text and the similarity to it; None where there is none."""


def similarity(one: Worded, other: Worded) -> float:
    """The share of all shingles that both have; 0 where they differ in a number or a name."""
    if one.differs(other):
        return 0.0
    ours, theirs = shingles(one.line), shingles(other.line)
    shared = len(ours & theirs)
    return shared / (len(ours) + len(theirs) - shared)


def shingles(line: str) -> set[str]:
    """The character shingles of a line; one shorter than a shingle is a shingle by itself."""
    return {line[n : n + SHINGLE] for n in range(max(1, len(line) - SHINGLE + 1))}


def bands(threshold: float) -> tuple[int, int]:
    """Into how many bands of how many values a signature is cut for LSH.

    The longest bands that still bring together 98% of the pairs just at the threshold, and so more
    of those above it.
    """
    for rows in range(16, 1, -1):
        count = PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** count >= _FOUND:
            return count, rows
    return PERMUTATIONS, 1
