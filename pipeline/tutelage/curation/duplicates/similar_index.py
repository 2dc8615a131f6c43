"""Texts to look others up in, one by one: a few hundred to some ten thousand held-out examples."""

from collections.abc import Callable

from rensa import RMinHash, RMinHashLSH

from tutelage.curation.duplicates.marks import Worded
from tutelage.curation.duplicates.shingles import SLACK, Found, bands, shingles, similarity

_SEED = 1


class SimilarIndex:
    """Texts added one by one, in which the first one similar enough to another can be found."""

    def __init__(self, threshold: float) -> None:
        """`threshold` is the least similarity that counts, above 0."""
        self._threshold = threshold
        count, rows = bands(threshold)
        self._permutations = count * rows
        self._index = RMinHashLSH(threshold, self._permutations, count)
        self._texts: list[Worded] = []
        self._sketches: list[RMinHash] = []

    def add(self, text: Worded) -> None:
        """Put a text into the index; it gets the next number, counted from 0."""
        sketch = self._sketch(text)
        self._index.insert(len(self._texts), sketch)
        self._texts.append(text)
        self._sketches.append(sketch)

    def find(self, text: Worded, spared: Callable[[int], bool] = lambda number: False) -> Found:
        """Number and similarity of the first text that is similar enough and not spared."""
        sketch = self._sketch(text)
        for number in sorted(self._index.query(sketch)):
            if sketch.jaccard(self._sketches[number]) >= self._threshold - SLACK:
                value = similarity(text, self._texts[number])
                if value >= self._threshold and not spared(number):
                    return number, value
        return None

    def _sketch(self, text: Worded) -> RMinHash:
        sketch = RMinHash(self._permutations, _SEED)
        sketch.update(shingles(text.line.encode(errors="replace").decode()))
        return sketch
