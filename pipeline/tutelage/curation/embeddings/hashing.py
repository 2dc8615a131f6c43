"""Vectors of the wording alone: hashed character n-grams, no weights, any language.

The hashing trick with signs (Weinberger et al. 2009, arXiv:0902.2206): each n-gram adds 1 or -1 to
one of DIMENSIONS sums, so that inner products are those of the n-gram counts, give or take some
1/sqrt(DIMENSIONS) where two texts differ. Synonyms look unlike; for meaning take a model.
"""

from collections.abc import Sequence

import numpy as np

from tutelage.core.ngrams import grams, plain_line
from tutelage.curation.embeddings.vectors import Vectors, unit

DIMENSIONS = 512
SIZES = (3, 4, 5)
"""Characters to an n-gram, a word's ends counted as spaces."""
_AT_ONCE = 4096


def embed_by_hashing(texts: Sequence[str]) -> Vectors:
    """Unit vectors, float32 [texts, DIMENSIONS]."""
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    for start in range(0, len(texts), _AT_ONCE):
        lines = [f" {plain_line(text)} " for text in texts[start : start + _AT_ONCE]]
        vectors[start : start + len(lines)] = _sums(lines)
    return unit(vectors)


def _sums(lines: list[str]) -> Vectors:
    sums = np.zeros(len(lines) * DIMENSIONS)
    for size in SIZES:
        hashes, rows = grams(lines, size)
        places = rows * DIMENSIONS + (hashes % np.uint64(DIMENSIONS)).astype(np.int64)
        signs = 1.0 - 2.0 * (hashes >> np.uint64(63)).astype(np.float64)
        sums += np.bincount(places, signs, minlength=len(sums))
    return sums.reshape(len(lines), DIMENSIONS).astype(np.float32)
