"""Tasks of lm-evaluation-harness: a task of one's own, offline; and what is said without it."""

import importlib.util
import json
from pathlib import Path

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.core.config import parse
from tutelage.core.errors import RecipeError
from tutelage.evaluation.harness import check_tasks, run_tasks
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Evaluate, RandomStudent
from tutelage.taxonomy.leaf import Taxonomy

TASK = """
task: harbour_choice
dataset_path: json
dataset_kwargs: {{data_files: {{validation: {data}}}}}
validation_split: validation
output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{right}}}}"
metric_list: [{{metric: acc}}]
"""


@pytest.fixture
def task(tmp_path: Path) -> Path:
    rows = [
        {"question": "Berths?", "choices": ["42 berths", "a river"], "right": n % 2}
        for n in range(6)
    ]
    data = tmp_path / "choice.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = tmp_path / "harbour.yaml"
    file.write_text(TASK.format(data=data))
    return file


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"pip install 'tutelage\[eval\]'"):
        check_tasks(["arc_easy"])


def test_a_task_file_is_found_beside_the_recipe_and_known_by_its_content(task: Path) -> None:
    stage = parse(Evaluate, {"lm_eval": ["harbour.yaml", "arc_easy"]}, task.parent / "r.yaml")
    assert stage.lm_eval == [str(task), "arc_easy"]
    before = stage.identity()["lm_eval"]
    task.write_text(task.read_text() + "num_fewshot: 1\n")
    after = stage.identity()["lm_eval"]
    assert before[0] != after[0]
    assert before[1] == after[1] == "arc_easy"


@pytest.mark.slow
def test_a_task_of_ones_own_is_scored_document_by_document(
    task: Path, tmp_path: Path, context: Context, taxonomy: Taxonomy
) -> None:
    pytest.importorskip("lm_eval")
    made = local_context(tmp_path / "student")
    student = RandomStudent(hidden_size=16, layers=1, vocabulary=400).run(made, taxonomy)
    made.journal.close()
    reference = parse_reference(str(student.folder), Path())
    model = Model("student", reference, ModelConfig(ref="./student"), reference.identity())
    answers = run_tasks(context, model, [str(task)])
    assert {row["leaf"] for row in answers} == {"benchmark:harbour_choice"}
    assert len(answers) == 6
    assert sum(row["score"] for row in answers) == 3  # one choice whatever is asked
    assert answers == run_tasks(context, model, [str(task)])


@pytest.mark.slow
def test_a_task_that_the_harness_does_not_know_is_named(task: Path) -> None:
    pytest.importorskip("lm_eval")
    check_tasks([str(task)])
    with pytest.raises(RecipeError, match="no task 'arc_easyy'"):
        check_tasks(["arc_easyy"])
