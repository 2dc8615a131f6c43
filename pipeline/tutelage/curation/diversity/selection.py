"""Choosing rows that cover a set of embeddings: greedy, with a known bound on what is lost.

Each takes unit vectors [rows, dimensions], how many to choose, places that are chosen already, and
a seed; it returns the places newly chosen, best first.
"""

import heapq
import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from tutelage.curation.embeddings.vectors import Vectors

Selection = Callable[[Vectors, int, Sequence[int], int], list[int]]

_COVERED = 4000
"""Rows that facility location must cover, at most; of more, so many are drawn."""


def facility_location(
    vectors: Vectors, wanted: int, there: Sequence[int], seed: int = 0
) -> list[int]:
    """The greedy maximum of the summed similarity of each row to its nearest chosen one.

    At least 63% of the best possible (Nemhauser et al. 1978). Lazily (Minoux 1978): a gain only
    shrinks, so one that is still the largest when brought up to date needs no comparison.
    """
    drawn = sorted(random.Random(seed).sample(range(len(vectors)), min(len(vectors), _COVERED)))
    demand = vectors[drawn]
    covered = np.zeros(len(demand), np.float32)
    for place in there:
        covered = np.maximum(covered, demand @ vectors[place])
    taken = set(there)
    free = [place for place in range(len(vectors)) if place not in taken]
    gains = _gains(vectors, free, demand, covered)
    heap = [(-gain, place) for gain, place in zip(gains, free, strict=True)]
    heapq.heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < wanted:
        _, place = heapq.heappop(heap)
        similarity = demand @ vectors[place]
        gain = float(np.maximum(similarity - covered, 0).sum())
        if heap and (-gain, place) > heap[0]:
            heapq.heappush(heap, (-gain, place))
            continue
        covered = np.maximum(covered, similarity)
        chosen.append(place)
    return chosen


def k_centre(vectors: Vectors, wanted: int, there: Sequence[int], seed: int = 0) -> list[int]:
    """Always the row farthest from all chosen ones: within twice the best radius (Gonzalez 1985).

    It begins with the row nearest to the mean; ties go to the first.
    """
    nearest = np.full(len(vectors), -np.inf, np.float32)
    chosen: list[int] = []
    for place in there:
        nearest = np.maximum(nearest, vectors @ vectors[place])
    nearest[list(there)] = np.inf
    while len(chosen) < min(wanted, len(vectors) - len(there)):
        first = not there and not chosen
        place = int((-(vectors @ vectors.mean(axis=0)) if first else nearest).argmin())
        chosen.append(place)
        nearest = np.maximum(nearest, vectors @ vectors[place])
        nearest[place] = np.inf
    return chosen


def at_random(vectors: Vectors, wanted: int, there: Sequence[int], seed: int = 0) -> list[int]:
    """As many rows, whatever they are."""
    taken = set(there)
    free = [place for place in range(len(vectors)) if place not in taken]
    return random.Random(seed).sample(free, min(wanted, len(free)))


def _gains(
    vectors: Vectors, free: Sequence[int], demand: Vectors, covered: npt.NDArray[np.float32]
) -> list[float]:
    """What each free row would add by itself, in blocks to bound memory."""
    gains: list[float] = []
    for start in range(0, len(free), 1000):
        similarity = vectors[list(free[start : start + 1000])] @ demand.T
        gains += np.maximum(similarity - covered, 0).sum(axis=1).tolist()
    return gains


SELECTIONS: dict[str, Selection] = {
    "facility_location": facility_location,
    "k_centre": k_centre,
    "random": at_random,
}
"""The ways to choose, by the name that the filter `diverse` knows them by."""
