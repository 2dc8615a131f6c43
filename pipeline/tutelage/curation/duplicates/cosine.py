"""Vectors like an earlier one: cosine similarity, every pair that counts compared.

In blocks against those kept so far, so memory is bounded and rows already dropped cost nothing.
BLAS compares some hundred million pairs of 384 dimensions a second on two cores; an approximate
index (faiss, HNSW) pays from several hundred thousand rows in one leaf on.
"""

from collections.abc import Callable, Iterator

import numpy as np

from tutelage.core.ngrams import Numbers
from tutelage.curation.duplicates.marks import MarkBits
from tutelage.curation.duplicates.shingles import Found
from tutelage.curation.embeddings.vectors import Vectors

_CELLS = 1 << 24
"""Similarities held at once: 64 MB."""
_BLOCK = 512


def alike_before(
    vectors: Vectors,
    marks: MarkBits,
    threshold: float,
    spared: Callable[[int, int], bool],
) -> list[Found]:
    """For each row of unit length the first earlier one that is near enough and was kept itself.

    Pairs whose marks differ do not count, nor those of `spared(earlier, later)`.
    """
    kept: list[int] = []
    found: list[Found] = []
    for start in range(0, len(vectors), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(vectors)))
        near: dict[int, list[tuple[int, float]]] = {}
        for row, other, value in _near(vectors, marks, rows, np.array(kept, np.int64), threshold):
            near.setdefault(row, []).append((other, value))
        fresh: set[int] = set()
        for row, other, value in _near(vectors, marks, rows, rows, threshold):
            if other < row:
                near.setdefault(row, []).append((other, value))
        for row in map(int, rows):
            earlier = (e for e in near.get(row, ()) if e[0] < start or e[0] in fresh)
            match = next((e for e in earlier if not spared(e[0], row)), None)
            if match is None:
                fresh.add(row)
            found.append(match)
        kept += sorted(fresh)
    return found


def _near(
    vectors: Vectors,
    marks: MarkBits,
    rows: Numbers,
    others: Numbers,
    threshold: float,
) -> Iterator[tuple[int, int, float]]:
    """Row, other and similarity of the pairs that are near enough, the others in their order."""
    step = max(1, _CELLS // max(1, len(rows)))
    for start in range(0, len(others), step):
        part = others[start : start + step]
        similarity = vectors[rows] @ vectors[part].T
        near = similarity >= threshold
        near &= marks.agree(rows[:, None], part[None, :])
        for place, other in np.argwhere(near):
            yield int(rows[place]), int(part[other]), float(similarity[place, other])
