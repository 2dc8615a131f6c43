"""Finding texts much like a given one: exact Jaccard similarity of character shingles.

By prefix filtering: two sets with a similarity of t or more share at least ceil(t * size) elements
of either. So if all sets order their elements alike, the first `size - ceil(t * size) + m` of both
have m in common (Chaudhuri et al. 2006, Bayardo et al. 2007; with m above one, Wang et al. 2012).
Only those are indexed and looked up, and only texts that meet m times are compared: nothing is
missed, and with rare shingles first, what many texts share is hardly ever touched.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import regex

from pipeline.wording import words

SHINGLE = 5
"""Characters to a shingle: few enough to survive a changed word in a short question."""

MEETINGS = 8
"""How many shingles of their prefixes two texts must share to be compared (m above)."""

# A number, or a word with a capital that does not open a sentence.
_MARK = regex.compile(
    r"(?<=[\p{L}\p{N},;)'\"-]\s+)\p{Lu}[\p{L}\p{N}-]*|[\p{L}-]*\p{N}[\p{L}\p{N}.,:-]*"
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is compared of a text."""

    line: str
    """Its plain words, which are what counts."""
    shingles: frozenset[str]
    marks: frozenset[str]
    """Numbers and names: a question about Leeds is not one about Porto, however alike."""
    words: frozenset[str]

    def differs(self, other: "Sketch") -> bool:
        """Whether each has a number or name that the other lacks."""
        return bool(self.marks - other.words and other.marks - self.words)

    def similarity(self, other: "Sketch") -> float:
        """The Jaccard similarity of the shingles; 0 where the two differ in what they name."""
        if self.differs(other):
            return 0.0
        shared = len(self.shingles & other.shingles)
        return shared / (len(self.shingles) + len(other.shingles) - shared)


def sketch(text: str) -> Sketch:
    """The sketch of a text; one shorter than a shingle is a shingle by itself."""
    found = words(text)
    line = " ".join(found) or text.strip()
    shingles = {line[n : n + SHINGLE] for n in range(max(1, len(line) - SHINGLE + 1))}
    marks = {word for mark in _MARK.findall(text) for word in words(mark)}
    return Sketch(line, frozenset(shingles), frozenset(marks), frozenset(found))


class SimilarIndex:
    """Sketches added one by one, in which the first one similar enough to another can be found."""

    def __init__(self, threshold: float, expected: Iterable[Sketch]) -> None:
        """`expected` tells which shingles are rare: speed depends on it, results do not."""
        self._threshold = threshold
        frequency = Counter(shingle for one in expected for shingle in one.shingles)
        ordered = sorted(frequency, key=lambda shingle: (frequency[shingle], shingle))
        self._ranks = {shingle: rank for rank, shingle in enumerate(ordered)}
        self._sketches: list[Sketch] = []
        self._meetings = array("q")
        self._by_shingle: dict[str, array[int]] = {}

    def __len__(self) -> int:
        """How many sketches it holds."""
        return len(self._sketches)

    def add(self, one: Sketch) -> None:
        """Put a sketch into the index; it gets the next number, counted from 0."""
        prefix, meetings = self._prefix(one)
        for shingle in prefix:
            self._by_shingle.setdefault(shingle, array("q")).append(len(self._sketches))
        self._meetings.append(meetings)
        self._sketches.append(one)

    def find(self, one: Sketch) -> tuple[int, float] | None:
        """Number and similarity of the first sketch that is similar enough."""
        size = len(one.shingles)
        for number in self._candidates(one):
            other = self._sketches[number]
            low, high = sorted((size, len(other.shingles)))
            if low >= self._threshold * high:
                similarity = one.similarity(other)
                if similarity >= self._threshold:
                    return number, similarity
        return None

    def _candidates(self, one: Sketch) -> list[int]:
        """Numbers of the sketches whose prefix meets this one's often enough, in order."""
        prefix, meetings = self._prefix(one)
        found = [self._by_shingle[shingle] for shingle in prefix if shingle in self._by_shingle]
        if not found:
            return []
        numbers, counts = np.unique(np.concatenate(found), return_counts=True)
        needed = np.minimum(meetings, np.frombuffer(self._meetings, np.int64)[numbers])
        return [int(number) for number in numbers[counts >= needed]]

    def _prefix(self, one: Sketch) -> tuple[list[str], int]:
        """The rarest shingles, and how many of them an equally long prefix of its like shares."""
        size = len(one.shingles)
        # The margin keeps 0.7 * 10 from being rounded up past its true value.
        shared = max(1, math.ceil(self._threshold * size - 1e-9))
        meetings = min(MEETINGS, shared)
        ranks = self._ranks
        rare_first = sorted(one.shingles, key=lambda text: (ranks.get(text, -1), text))
        return rare_first[: size - shared + meetings], meetings
