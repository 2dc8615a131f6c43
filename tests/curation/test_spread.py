"""Figures of embeddings: known values, and what must hold for any vectors."""

import numpy as np
import pytest
from tutelage.curation.diversity.spread import drift, nearest_similarity, seed_similarity, vendi
from tutelage.curation.embeddings.vectors import Vectors, unit


def _vectors(count: int, seed: int, dimensions: int = 16, about: float = 0.0) -> Vectors:
    """Unit vectors around a corner of the space; the farther `about`, the closer together."""
    chance = np.random.default_rng(seed)
    return unit((chance.normal(size=(count, dimensions)) + about).astype(np.float32))


def test_vendi_of_equal_rows_is_one_and_of_orthogonal_rows_their_number() -> None:
    assert vendi(np.repeat(_vectors(1, 0), 7, axis=0)) == pytest.approx(1, abs=1e-4)
    assert vendi(np.eye(6, dtype=np.float32)) == pytest.approx(6)
    two = np.eye(2, dtype=np.float32)
    assert vendi(np.concatenate([two, two, two])) == pytest.approx(2)


@pytest.mark.parametrize("seed", range(5))
def test_vendi_lies_between_and_ignores_order_and_rotation(seed: int) -> None:
    rows = _vectors(30, seed)
    score = vendi(rows)
    assert 1 < score < 16
    assert vendi(rows[::-1]) == pytest.approx(score, rel=1e-4)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(16, 16)))
    assert vendi((rows @ turn).astype(np.float32)) == pytest.approx(score, rel=1e-3)
    assert vendi(np.concatenate([rows, rows])) == pytest.approx(score, rel=1e-4)


def test_the_nearest_other() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert nearest_similarity(rows) == pytest.approx(2 / 3)
    assert nearest_similarity(rows[:1]) is None
    assert seed_similarity(rows, rows[2:]) == pytest.approx(1 / 3)
    assert seed_similarity(rows, rows[:0]) is None


def test_drift_is_about_none_for_draws_alike_and_grows_with_distance() -> None:
    seeds = _vectors(200, 1)
    alike = [drift(_vectors(200, n), seeds) or 0.0 for n in range(2, 12)]
    assert abs(float(np.mean(alike))) < 0.003
    moved = [drift(_vectors(200, 3, about=about), seeds) or 0.0 for about in (0.3, 1.0, 3.0)]
    assert 0.003 < moved[0] < moved[1] < moved[2]
    assert drift(seeds[:1], seeds) is None
