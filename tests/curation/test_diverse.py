"""Choosing the rows that cover a leaf best: against what is best, and against chance."""

import itertools
from typing import Any

import numpy as np
import pytest
from tutelage.core.errors import RecipeError
from tutelage.curation.diversity.selection import SELECTIONS, facility_location, k_centre
from tutelage.curation.embeddings.vectors import Vectors, unit
from tutelage.curation.filters.row_filter import Scope, build_filters

from tests.curation.filter_rows import Judge, row


def _vectors(count: int, seed: int = 0) -> Vectors:
    return unit(np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32))


def _coverage(vectors: Vectors, chosen: tuple[int, ...]) -> float:
    return float(np.maximum(vectors @ vectors[list(chosen)].T, 0).max(axis=1).sum())


def _radius(vectors: Vectors, chosen: tuple[int, ...]) -> float:
    near = np.clip((vectors @ vectors[list(chosen)].T).max(axis=1), -1, 1)
    return float(np.sqrt(2 - 2 * near).max())


@pytest.mark.parametrize("seed", range(5))
def test_both_selections_keep_their_bounds(seed: int) -> None:
    vectors = _vectors(14, seed)
    sets = list(itertools.combinations(range(14), 3))
    best = max(_coverage(vectors, chosen) for chosen in sets)
    assert _coverage(vectors, tuple(facility_location(vectors, 3, [], 1))) >= (1 - 1 / np.e) * best
    smallest = min(_radius(vectors, chosen) for chosen in sets)
    assert _radius(vectors, tuple(k_centre(vectors, 3, [], 1))) <= 2 * smallest + 1e-6


def test_facility_location_is_the_plain_greedy_one() -> None:
    vectors = _vectors(60, 3)
    chosen: list[int] = []
    for _ in range(10):
        free = [n for n in range(60) if n not in chosen]
        chosen.append(max(free, key=lambda n: (_coverage(vectors, (*chosen, n)), -n)))
    assert facility_location(vectors, 10, [], 1) == chosen


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_selection_chooses_new_places_once_and_again_alike(name: str) -> None:
    vectors = np.concatenate([_vectors(20), _vectors(20)])
    chosen = SELECTIONS[name](vectors, 8, [0, 3], 7)
    assert len(set(chosen)) == 8
    assert not set(chosen) & {0, 3}
    assert SELECTIONS[name](vectors, 8, [0, 3], 7) == chosen
    assert sorted(SELECTIONS[name](vectors, 99, [0], 7)) == list(range(1, 40))


@pytest.mark.parametrize("name", ["facility_location", "k_centre"])
def test_one_of_each_kind_is_chosen_before_a_second(name: str) -> None:
    kinds = np.repeat(np.eye(4, dtype=np.float32), 5, axis=0)
    chosen = SELECTIONS[name](unit(kinds + 0.01 * _vectors(20)), 4, [], 1)
    assert sorted(place // 5 for place in chosen) == [0, 1, 2, 3]


def test_what_is_there_already_is_covered() -> None:
    kinds = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    for name in ("facility_location", "k_centre"):
        chosen = SELECTIONS[name](kinds, 2, [0, 1], 1)
        assert sorted(place // 4 for place in chosen) == [1, 2]


def test_the_filter_keeps_so_many_of_each_leaf_and_says_why_not(judge: Judge) -> None:
    texts = ["How do I clean the lamp?", "How do I clean a lamp?", "Who sells tents in Porto?"]
    rows = [row(text, id=text) for text in texts]
    rows += [one | {"leaf": "other"} for one in rows[:1]]
    verdicts = judge({"diverse": 2}, *rows)
    assert verdicts[2] is verdicts[3] is None
    assert [verdicts[0], verdicts[1]].count(
        "diverse: not among the 2 most diverse of its leaf"
    ) == 1
    assert judge({"diverse": {"share": 0.34}}, *rows[:3]).count(None) == 2
    within = Scope(there=2)
    assert judge({"diverse": 1}, *rows[:3], within=within) == [None, None, None]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"keep": 0}, "greater than 0"),
        ({"keep": 3, "by": "k_center"}, "k_centre"),
        ({"keep": 3, "embedder": "hashin"}, "hashing"),
    ],
)
def test_a_wrong_setting_is_named_ahead(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        build_filters([{"diverse": settings}], "filters")
