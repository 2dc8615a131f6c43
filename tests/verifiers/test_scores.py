"""Scores from 0 to 1: the shares that built-in verifiers give, thresholds, one's own verifiers."""

from collections.abc import Mapping
from typing import Any

import pytest
from tutelage.core.errors import RecipeError
from tutelage.verifiers.ground_truth import Demands, demands_on, score_answer
from tutelage.verifiers.score import Score, mean_score
from tutelage.verifiers.verifier import Verifier, build_verifiers

ROW = {
    "prompt": [{"role": "user", "content": "Which lamp is red?"}],
    "attributes": {"product": "lamp", "colour": "red"},
}


class Vowels(Verifier):
    """At most half of the letters are vowels: one's own verifier that gives a share."""

    letters: str = "aeiou"

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of other letters."""
        return Score(1 - sum(sign in self.letters for sign in answer) / max(len(answer), 1))


class Signed(Verifier):
    """One's own verifier that only says yes or no."""

    name: str

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Looks at the end."""
        return None if answer.endswith(self.name) else f"not signed by {self.name}"


class Silent(Verifier):
    """Defines neither."""


@pytest.mark.parametrize(
    ("spec", "answer", "value"),
    [
        ({"contains": ["red", "lamp", "blue", "fan"]}, "a red lamp", 0.5),
        ({"in_order": ["red", "lamp", "blue", "fan"]}, "red lamp, fan, blue", 0.75),
        ({"keeps_attributes": ["product", "colour"]}, "The lamp is red", 0.5),
        ({"json_matches_attributes": ["product", "colour"]}, '{"product": "lamp"}', 0.5),
        ({"json_matches_attributes": ["product", "colour"]}, "lamp, red", 0.0),
        ({"max_words": 1}, "two words", 0.0),
        ({"excludes": ["red", "blue"]}, "a red lamp", 0.0),
        ({"exact": "red"}, "red", 1.0),
    ],
)
def test_a_built_in_verifier_gives_the_share_that_is_right(
    spec: dict[str, Any], answer: str, value: float
) -> None:
    (verifier,) = build_verifiers([spec], "here")
    found = verifier.score(answer, ROW | {"prompt": [{"role": "user", "content": "A lamp?"}]})
    assert found.value == value
    assert bool(found.reason) == (found.value < 1)


@pytest.mark.parametrize(("passing", "passes"), [(1.0, False), (0.5, True), (0.51, False)])
def test_a_demand_is_met_from_its_threshold_on(passing: float, passes: bool) -> None:
    spec = {"contains": {"phrases": ["red", "blue"], "passing": passing}}
    (verifier,) = build_verifiers([spec], "here")
    assert (verifier.check("a red lamp", ROW) is None) == passes
    assert verifier.score("a red lamp", ROW).value == 0.5


@pytest.mark.parametrize("passing", [0, 1.5, -1, True])
def test_a_threshold_beyond_the_scores_is_refused(passing: Any) -> None:
    with pytest.raises(RecipeError, match="passing"):
        build_verifiers([{"contains": {"phrases": "a", "passing": passing}}], "here")


def test_ones_own_verifier_gives_a_score_or_only_a_verdict() -> None:
    assert Vowels().score("abcd", {}).value == 0.75
    assert Vowels().check("abcd", {}) == "scores 0.75, 1 or more is wanted"
    assert Vowels(passing=0.7).check("abcd", {}) is None
    assert Signed(name="Ada").score("Yours, Ada", {}) == Score(1.0)
    assert Signed(name="Ada").score("Yours", {}) == Score(0.0, "not signed by Ada")
    with pytest.raises(NotImplementedError, match="Silent defines neither"):
        Silent().check("x", {})


def test_what_is_no_share_is_refused() -> None:
    for value in (1.01, -0.1, float("nan")):
        with pytest.raises(RecipeError, match="from 0 to 1"):
            Score(value)


def test_the_score_over_several_demands_is_their_mean() -> None:
    verifiers = build_verifiers([{"contains": ["red", "blue"]}, {"max_words": 1}], "here")
    assert score_answer(verifiers, "a red lamp", ROW) == Score(0.25, "lacks 'blue'")
    assert score_answer((), "anything", ROW) == Score(1.0)
    assert mean_score([Score(1.0), Score(0.0, "no")]) == Score(0.5, "no")


def test_a_row_brings_demands_of_its_own() -> None:
    row = ROW | {"verify": [{"contains": "red"}]}
    assert [type(one).__name__ for one in demands_on(row, None)] == ["Contains"]
    assert score_answer(Demands(None, (Signed(name="x"),)).on(row), "red", row).value == 0.5
