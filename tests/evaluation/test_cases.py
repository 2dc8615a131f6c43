"""Held-out examples that no answer can satisfy are found before anything is asked."""

import json
from pathlib import Path

import pytest
from tutelage.core.errors import RowsError, TaxonomyError
from tutelage.evaluation.benchmarks import Benchmark, benchmark_cases
from tutelage.evaluation.cases import eval_cases
from tutelage.taxonomy.load import load_taxonomy

from tests.trees import NOTICES, NOTICES_PATH, plant, write

DEMANDS = ["json_matches_attributes", "keeps_attributes", "equals_attribute"]


@pytest.mark.parametrize("name", DEMANDS)
def test_a_question_has_no_attributes_to_keep(tmp_path: Path, name: str) -> None:
    verify = json.dumps([{"max_words": 9}, {name: "boat"}])
    held = f'eval_examples:\n  - {{question: "To JSON: the Bris", verify: {verify}}}\n'
    taxonomy = load_taxonomy(plant(tmp_path, {NOTICES_PATH: NOTICES + held}))
    said = r"qna\.yaml:\d+: eval_examples\.0\.verify\.1: compares with the attributes"
    with pytest.raises(TaxonomyError, match=said):
        eval_cases(taxonomy.leaves)
    row = {"question": "To JSON: the Bris", "verify": [{name: "boat"}]}
    file = write(tmp_path / "mine.jsonl", json.dumps(row))
    with pytest.raises(RowsError, match=r"row 1: verify\.0: compares with the attributes"):
        benchmark_cases("mine", Benchmark(path=file), "accept")


def test_a_number_is_asked_of_accepted_answers_that_hold_one(tmp_path: Path) -> None:
    leaf = "seed_examples: [{question: Who, answer: Ines}]\neval_examples:\n"
    leaf += "  - {question: What does a night cost?, answer: 25 crowns}\n"
    path = "foundational_skills/tides"
    assert eval_cases(load_taxonomy(plant(tmp_path, {path: leaf})).leaves, "numeric")
    leaf += "  - {question: Who rules the tides?, answer: the moon}\n"
    taxonomy = load_taxonomy(plant(tmp_path, {path: leaf}))
    assert len(eval_cases(taxonomy.leaves, "accept")) == 2
    with pytest.raises(TaxonomyError, match=r"qna\.yaml:4: eval_examples\.1: .* holds a number"):
        eval_cases(taxonomy.leaves, "numeric")
