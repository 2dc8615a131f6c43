"""The name that a leaf's seed questions share, and questions that say it."""

import random

import pytest
from tutelage.generation.subject import subject_of, with_subject
from tutelage.taxonomy.leaf import Taxonomy


def test_the_name_is_what_most_seed_questions_share(taxonomy: Taxonomy) -> None:
    leaf = next(leaf for leaf in taxonomy.leaves if leaf.kind == "knowledge")
    name = subject_of(leaf)
    shared = sum(name in seed.question for seed in leaf.seeds)
    assert not name or 2 * shared >= len(leaf.seeds)


@pytest.mark.parametrize("seed", range(8))
def test_a_question_that_lacks_the_name_gets_it_once(seed: int) -> None:
    made = with_subject("When does the ferry leave?", "Port Elsmere", random.Random(seed))
    assert made.count("Port Elsmere") == 1 and made.endswith("?") and "ferry" in made


@pytest.mark.parametrize("name", ["", "Elsmere"])
def test_others_stay_as_they_are(name: str) -> None:
    question = "When does the ferry of Elsmere leave?"
    assert with_subject(question, name, random.Random(1)) == question
