"""Few-shot examples: the sentence that holds the answer, and the opening that questions share."""

from pathlib import Path

import pytest
from tutelage.generation.shots import blank, mark, shape, shots_of
from tutelage.taxonomy.leaf import Leaf, Seed, Taxonomy
from tutelage.taxonomy.seed_opening import seed_opening

from tests.trees import HARBOUR_PATH, NOTICES_PATH


def asking(*questions: str) -> Leaf:
    seeds = tuple(Seed(f"seed:{q}", q, "x", None, {}) for q in questions)
    return Leaf("a", "compositional", Path("qna.yaml"), "", seeds, (), (), (), {}, "precise", None)


def test_a_shot_shows_the_sentence_that_holds_the_answer(taxonomy: Taxonomy) -> None:
    facts = [shot.fact for shot in shots_of(taxonomy.leaf(HARBOUR_PATH))]
    assert facts == ["The harbour of Elsmere has 42 berths.", "It lies on the river Wend."]


@pytest.mark.parametrize(
    ("questions", "common"),
    [
        (("Sort this ticket: a b", "Sort this ticket: a c"), "Sort this ticket: a "),
        (("Sort this ticket: red", "Sort this ticket: round"), "Sort this ticket: "),
        (("Sort this", "Sort this too"), ""),
        (("Sort this ticket: red",), ""),
        (("Red?", "Blue?"), ""),
        ((), ""),
    ],
)
def test_an_opening_is_whole_words_that_all_questions_share(
    questions: tuple[str, ...], common: str
) -> None:
    assert seed_opening(asking(*questions)) == common


def test_the_opening_of_a_leaf(taxonomy: Taxonomy) -> None:
    assert seed_opening(taxonomy.leaf(NOTICES_PATH)) == "Put this notice into JSON: "


def test_an_answer_is_marked_or_left_out_where_it_stands() -> None:
    fact = "It lies on the River Wend."
    assert mark(fact, "river wend") == "It lies on the [River Wend]."
    assert blank(fact, "Wend") == "It lies on the River ___."
    assert mark(fact, "Rhine") == fact


@pytest.mark.parametrize(
    ("answer", "kind"), [("42 berths", "number"), ("Tove Lindqvist", "name"), ("by boat", "word")]
)
def test_answers_have_a_shape(answer: str, kind: str) -> None:
    assert shape(answer) == kind
