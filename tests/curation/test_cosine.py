"""Vectors like an earlier one against comparing all pairs."""

import numpy as np
import pytest
from tutelage.curation.duplicates import cosine
from tutelage.curation.duplicates.marks import MarkBits, worded
from tutelage.curation.embeddings.vectors import Vectors, unit

TEXTS = [worded(f"{['red', 'blue'][n % 2]} {n % 3 or ''}") for n in range(120)]


def _by_hand(vectors: Vectors, threshold: float) -> list[int | None]:
    kept: list[int] = []
    found: list[int | None] = []
    for number, vector in enumerate(vectors):
        match = next(
            (
                n
                for n in kept
                if vectors[n] @ vector >= threshold
                and not TEXTS[n].differs(TEXTS[number])
                and (n + number) % 5
            ),
            None,
        )
        if match is None:
            kept.append(number)
        found.append(match)
    return found


@pytest.mark.parametrize("block", [1, 7, 512])
def test_what_comparing_every_pair_finds_is_found(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(cosine, "_BLOCK", block)
    monkeypatch.setattr(cosine, "_CELLS", 50)
    vectors = unit(np.random.default_rng(2).normal(size=(120, 3)).astype(np.float32))

    def spared(one: int, other: int) -> bool:
        return (one + other) % 5 == 0 or TEXTS[one].differs(TEXTS[other])

    found = cosine.alike_before(vectors, MarkBits.of(TEXTS), 0.9, spared)
    assert [match and match[0] for match in found] == _by_hand(vectors, 0.9)
    assert any(found)


def test_no_vectors_have_none_alike() -> None:
    empty = np.zeros((0, 4), np.float32)
    assert cosine.alike_before(empty, MarkBits.of([]), 0.9, lambda *_: False) == []
