"""What rows of files and models in folders make impossible is said before anything is spent."""

from pathlib import Path

import pytest
from tutelage.contract.context import Silent
from tutelage.core.errors import InputError
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.keys import Keys
from tutelage.runtime.single_stage import run_alone
from tutelage.stages import GRPO, Distillation

from tests.stages.fakes import row
from tests.training.tiny_students import NO_SYSTEM, tiny_student, variant
from tests.trees import HARBOUR_PATH, NOTICES_PATH, harbour, write

RHYMES = "compositional_skills/rhymes"


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_student(tmp_path_factory.mktemp("student"))


@pytest.fixture(scope="module")
def other(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of other tokens."""
    place = tmp_path_factory.mktemp("other") / "model"
    return variant(student, place, template=NO_SYSTEM, tokens=("<|x|>",))


def problems(place: Path, student: Path, other: Path, stages: str) -> list[str]:
    write(place / "rows.jsonl", '{"prompt": "a"}\n{"prompt": "b"}\n')
    write(place / "some.jsonl", '{"prompt": "c", "answer": "d"}\n')
    write(place / "worked.jsonl", '{"prompt": "a", "completion": "b"}\n')
    recipe = write(
        place / "mine.yaml",
        f"""
models: {{student: "{student}", other: "{other}"}}
stages:
  rows: {{use: read, file: rows.jsonl}}
  worked: {{use: read, file: worked.jsonl}}
  cold: {{use: sft, rows: worked, student: student}}
{stages}
""",
    )
    return [str(one) for one in Keys(load_recipe(recipe)).problems()]


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        (
            "  grpo: {student: cold, rows: rows}",
            "2 of 2 prompts cannot be rewarded: no ground truth",
        ),
        (
            "  kept: {use: filter, rows: rows, filters: [exact_duplicate]}\n"
            "  grpo: {student: cold, rows: kept}",
            "no ground truth of any of the 2 rows that may come",
        ),
        (
            "  grpo: {student: cold, rows: rows, rewards: [judged], judge: other, "
            "watched: [verified]}",
            "verified measures nothing: no ground truth of any prompt",
        ),
        (
            "  grpo: {student: cold, rows: rows, reward_model: other, rewards: [reward_model]}",
            "the reward model has another tokenizer than the student",
        ),
        (
            "  d: {use: distillation, student: cold, rows: rows, teacher: other}",
            "the teacher has another tokenizer than the student",
        ),
    ],
)
def test_a_recipe_is_refused_before_the_stages_before_it_run(
    tmp_path: Path, student: Path, other: Path, stages: str, told: str
) -> None:
    (problem,) = problems(tmp_path, student, other, stages)
    *_, last = stages.splitlines()
    assert "mine.yaml:" in problem and f": stages.{last.split()[0]}" in problem
    assert told in problem


WRITTEN = """
taxonomy: tree
models: {{teacher: "scripted:", student: "{student}"}}
stages:
  instructions: {{leaves: [{leaf}], skills: {skills}}}
  asked: {{use: filter, filters: [exact_duplicate]}}
  responses: {{model: teacher}}
  cold: {{use: sft, rows: responses, student: student}}
  grpo: {{student: cold, rows: asked, rewards: [{reward}], judge: teacher}}
"""


@pytest.mark.parametrize(
    ("leaf", "skills", "reward", "told"),
    [
        (HARBOUR_PATH, "tasks", "verified", True),
        (HARBOUR_PATH, "tasks", "verified, {short: {words: 9}}", True),
        (HARBOUR_PATH, "tasks", "judged", False),
        (NOTICES_PATH, "tasks", "verified", False),
        (f"{HARBOUR_PATH}, {NOTICES_PATH}", "tasks", "verified", False),
        (RHYMES, "tasks", "verified", True),
        (RHYMES, "{topics: {constrained: 1}}", "verified", False),
    ],
)
def test_leaves_without_demands_earn_no_verified_reward(
    tmp_path: Path, student: Path, leaf: str, skills: str, reward: str, told: bool
) -> None:
    harbour(tmp_path / "tree")
    write(tmp_path / "tree" / RHYMES / "qna.yaml", "seed_examples: [{question: A?, answer: B}]")
    text = WRITTEN.format(student=student, leaf=leaf, skills=skills, reward=reward)
    found = [str(one) for one in Keys(load_recipe(write(tmp_path / "mine.yaml", text))).problems()]
    assert ["no prompt can be rewarded: no ground truth" in one for one in found] == [True] * told


def test_traces_of_tool_use_earn_by_their_calls(tmp_path: Path, student: Path) -> None:
    tools = "tools: [{name: tide}]\nseed_examples: [{question: A?, answer: B}]"
    write(tmp_path / "tree" / RHYMES / "qna.yaml", tools)
    recipe = f"""
taxonomy: tree
models: {{teacher: "scripted:", student: "{student}"}}
stages:
  traces: {{use: tools, samples: 4}}
  cold: {{use: sft, rows: traces, student: student}}
  grpo: {{student: cold, rows: traces}}
"""
    assert not Keys(load_recipe(write(tmp_path / "mine.yaml", recipe))).problems()


@pytest.mark.parametrize(
    "stages",
    [
        "  grpo: {student: cold, rows: rows, rewards: [judged], judge: other}",
        "  grpo: {student: cold, rows: rows, reward_model: other, rewards: [{reward_model: "
        "{other_tokenizer: true}}]}",
        # What a filter leaves, and the tokens that a chat template brings, are not known yet.
        "  some: {use: read, file: some.jsonl}\n"
        "  kept: {use: filter, rows: [rows, some], filters: [exact_duplicate]}\n"
        "  grpo: {student: cold, rows: kept}",
        "  marked: {use: sft, rows: worked, student: student, chat_template: chatml}\n"
        "  d: {use: distillation, student: marked, rows: rows, teacher: other}",
    ],
)
def test_what_may_be_right_is_let_through(
    tmp_path: Path, student: Path, other: Path, stages: str
) -> None:
    assert not problems(tmp_path, student, other, stages)


def test_a_stage_alone_is_refused_before_it_loads(
    tmp_path: Path, student: Path, other: Path
) -> None:
    with pytest.raises(InputError, match="1 of 1 prompts cannot be rewarded"):
        GRPO()(student, [row("a")], folder=tmp_path / "called", quiet=True)
    with pytest.raises(InputError, match="the teacher has another tokenizer"):
        Distillation()(student, [row("a")], teacher=other, folder=tmp_path / "called", quiet=True)
    rows = write(tmp_path / "rows.jsonl", '{"prompt": "a"}\n')
    given = [f"rows={rows}", f"student={student}"]
    with pytest.raises(InputError, match="1 of 1 prompts cannot be rewarded"):
        run_alone("grpo", given, tmp_path / "alone", [], None, 1, Silent())
    assert not (tmp_path / "alone").exists()
