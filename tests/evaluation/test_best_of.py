"""Best of N and votes from one pool: equal to drawing N answers, over and over."""

import itertools

import numpy as np
import pytest
from tutelage.evaluation.statistics.attempts import pass_at_k
from tutelage.evaluation.statistics.best_of import best_of, vote_of

RIGHT = (1.0, 0.0, 0.0, 1.0, 0.0, 1.0)
SCORES = (0.2, 0.9, 0.5, 0.5, 0.1, 0.5)
VOTES = ("a", "b", "c", "a", None, "a")


def picked(subset: tuple[int, ...]) -> float:
    """What the best-scored answers of a subset are worth, ties at random."""
    most = max(SCORES[place] for place in subset)
    return float(np.mean([RIGHT[place] for place in subset if SCORES[place] == most]))


def elected(subset: tuple[int, ...], weights: tuple[float, ...]) -> float:
    """What most of a subset say, by weight; ties at random."""
    totals: dict[str, float] = {}
    for place in subset:
        if vote := VOTES[place]:
            totals[vote] = totals.get(vote, 0) + weights[place]
    worth = {"a": 1.0, "b": 0.0, "c": 0.0}
    most = max(totals.values(), default=0)
    return float(np.mean([worth[v] for v, t in totals.items() if t == most])) if totals else 0.0


@pytest.mark.parametrize("n", range(1, 7))
def test_best_of_n_is_the_mean_over_all_subsets(n: int) -> None:
    subsets = list(itertools.combinations(range(6), n))
    assert best_of(SCORES, RIGHT, n) == pytest.approx(np.mean([picked(one) for one in subsets]))


@pytest.mark.parametrize("n", range(1, 7))
@pytest.mark.parametrize("weights", [(1.0,) * 6, (0.1, 3.0, 0.2, 0.4, 9.0, 0.0)])
def test_a_vote_of_n_is_the_mean_over_all_subsets(n: int, weights: tuple[float, ...]) -> None:
    wanted = np.mean([elected(one, weights) for one in itertools.combinations(range(6), n)])
    assert vote_of(VOTES, RIGHT, n, weights) == pytest.approx(wanted)


def test_a_perfect_chooser_is_as_good_as_any_right_answer() -> None:
    for n in range(1, 7):
        assert best_of(RIGHT, RIGHT, n) == pytest.approx(pass_at_k(3, 6, n))


def test_the_order_of_answers_that_tie_decides_nothing() -> None:
    turned = RIGHT[::-1]
    assert best_of([1.0] * 6, RIGHT, 4) == pytest.approx(best_of([1.0] * 6, turned, 4)) == 0.5


def test_many_subsets_are_drawn_and_come_close() -> None:
    rng = np.random.default_rng(5)
    votes = [int(vote) for vote in rng.choice(4, 20, p=[0.4, 0.3, 0.2, 0.1])]
    right = [float(vote == 0) for vote in votes]
    found = vote_of(votes, right, 8, seed=3)
    drawn = []
    for _ in range(4000):
        some = rng.choice(20, 8, replace=False)
        counts = np.bincount([votes[at] for at in some], minlength=4)
        winners = np.flatnonzero(counts == counts.max())
        drawn.append(float(np.mean(winners == 0)))
    assert found == pytest.approx(np.mean(drawn), abs=0.04)


def test_the_estimate_is_unbiased_over_pools() -> None:
    """Pools of 8 say what best-of-4 of fresh answers is worth."""
    rng = np.random.default_rng(7)

    def answers(n: int) -> tuple[list[float], list[float]]:
        right = (rng.random(n) < 0.4).astype(float)
        return list(right + rng.normal(0, 0.8, n)), list(right)

    from_pools = [best_of(*answers(8), 4) for _ in range(3000)]
    fresh = []
    for _ in range(3000):
        scores, right = answers(4)
        fresh.append(right[int(np.argmax(scores))])
    assert np.mean(from_pools) == pytest.approx(np.mean(fresh), abs=0.03)


def test_nothing_to_vote_for_is_worth_nothing() -> None:
    assert vote_of([None, None], [1.0, 0.0], 1) == 0.0


@pytest.mark.parametrize("n", [0, 7])
def test_more_answers_than_there_are_cannot_be_had(n: int) -> None:
    with pytest.raises(ValueError, match="no subsets of"):
        best_of(SCORES, RIGHT, n)
