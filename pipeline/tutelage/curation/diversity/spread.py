"""How widely embeddings are spread, and how far from others; all take rows of unit length."""

import numpy as np
import numpy.typing as npt

from tutelage.curation.embeddings.vectors import Vectors


def vendi(vectors: Vectors) -> float:
    """The Vendi score: the number of wholly different texts that would be as diverse, 1 to n.

    exp of the Shannon entropy of the eigenvalues of K / n, K the cosine similarities (Friedman and
    Dieng 2023, arXiv:2210.02410, eq. 2). It rises with n: compare sets of one size.
    """
    count, dimensions = vectors.shape
    wide = vectors.astype(np.float64)
    # K and the covariance share their eigenvalues other than 0; the smaller one is cheaper.
    return vendi_of(wide @ wide.T if count <= dimensions else wide.T @ wide, count)


def vendi_of(similarity: npt.NDArray[np.float64], count: int) -> float:
    """The Vendi score of `count` texts by their similarities to each other."""
    values = np.linalg.eigvalsh(similarity / count)
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def nearest_similarity(vectors: Vectors) -> float | None:
    """The mean cosine similarity of each text to the other most like it; None under two texts."""
    if len(vectors) < 2:
        return None
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -1)
    return float(similarity.max(axis=1).mean())


def seed_similarity(vectors: Vectors, seeds: Vectors) -> float | None:
    """The mean cosine similarity of each text to the seed most like it."""
    if not len(vectors) or not len(seeds):
        return None
    return float((vectors @ seeds.T).max(axis=1).mean())


def drift(vectors: Vectors, seeds: Vectors) -> float | None:
    """How far the texts are, as a whole, from the seeds: 0 where both are drawn alike.

    The unbiased squared maximum mean discrepancy (Gretton et al. 2012, JMLR 13, Lemma 6), which may
    fall a little below 0, with the Gaussian kernel of width 1: exp(x.y - 1) on unit vectors. None
    with fewer than two of either.
    """
    if len(vectors) < 2 or len(seeds) < 2:
        return None
    return _others(vectors) + _others(seeds) - 2 * float(np.exp(vectors @ seeds.T - 1).mean())


def _others(vectors: Vectors) -> float:
    """The mean kernel between two different rows."""
    kernel = np.exp(vectors @ vectors.T - 1)
    count = len(vectors)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))
