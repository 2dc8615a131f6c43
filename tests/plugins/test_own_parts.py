"""Parts of one's own: one file each, outside the package, named in a recipe and nowhere else."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tutelage
from tutelage.runtime.describe_stages import describe_stage

STAGE = '''
from tutelage import Context, Rows, Stage


class Backwards(Stage):
    """Turns every question round, word by word."""

    at_most: int = 100
    """How many rows are taken."""

    def run(self, context: Context, rows: Rows) -> Rows:
        """The same rows with other questions."""
        return Rows([self._turned(row) for row in rows.kept[: self.at_most]])

    def _turned(self, row):
        text = " ".join(reversed(row["prompt"][-1]["content"].split()))
        turned = [*row["prompt"][:-1], {"role": "user", "content": text}]
        return row | {"id": f"{row['id']}-back", "parents": [row["id"]], "prompt": turned}
'''
FILTER = '''
from tutelage import Row, RowFilter, Scope, question_of


class Mentions(RowFilter):
    """Keeps what is asked about one thing."""

    word: str

    def check(self, row: Row, scope: Scope) -> str | None:
        """Looks at the question."""
        return None if self.word in question_of(row) else f"off_topic: no {self.word}"
'''
VERIFIER = '''
from tutelage import Verifier


class EndsLike(Verifier):
    """The answer ends with the question's own last word."""

    def check(self, answer, row):
        """Compares with the row."""
        last = row["prompt"][-1]["content"].split()[-1]
        return None if answer.split()[-1] == last else f"ends otherwise than in {last}"
'''
REPLY = '''
def reply(messages, seed):
    """Says the last turn again, and now and then something else."""
    said = messages[-1]["content"]
    return "No." if "pier" in said else said
'''
QNA = """
task_description: Say again what was said.
verify: [{use: "own_verifier:EndsLike"}]
seed_examples: [{question: Say ahoy, answer: Say ahoy}, {question: Say hello, answer: Say hello}]
eval_examples:
  - {question: Repeat this moor, verify: [{use: "own_verifier:EndsLike"}]}
"""
RECIPE = """
taxonomy: tree
models: {teacher: "scripted:own_reply:reply"}
stages:
  given: {use: read, file: rows.jsonl}
  turned: {use: "own_stage:Backwards", at_most: 3}
  asked: {use: filter, filters: [{use: "own_filter:Mentions", word: boat}]}
  responses: {model: teacher, help: none}
  accepted: {use: filter}
  evaluate: {models: [teacher], general: false}
"""
ROWS = "\n".join(
    f'{{"prompt": "{text}", "leaf": "foundational_skills/echo", "id": "{number}"}}'
    for number, text in enumerate(["moors boat a", "pier the at boat a", "swims gull a", "boat"])
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder: a recipe, rows, a taxonomy, and a file for each part."""
    files = {
        "own_stage.py": STAGE,
        "own_filter.py": FILTER,
        "own_verifier.py": VERIFIER,
        "own_reply.py": REPLY,
        "recipe.yaml": RECIPE,
        "rows.jsonl": ROWS,
        "tree/foundational_skills/echo/qna.yaml": QNA,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


def test_a_recipe_names_ones_own_stage_filter_and_verifier(place: Path) -> None:
    result = tutelage.run("recipe.yaml", quiet=True)
    asked = [tutelage.question_of(row) for row in result.rows("accepted")]
    assert asked == ["a boat moors"]
    funnel = {line["stage"]: line["rejected"] for line in result.report["funnel"]}
    assert funnel["asked"] == {"off_topic": 1}
    assert funnel["accepted"] == {"verified": 1}
    (score,) = (line["score"] for line in result.report["outcome"] if line["leaf"] == "*")
    assert score == 1.0


def test_a_plan_counts_ones_own_stage(place: Path) -> None:
    made = tutelage.plan("recipe.yaml", quiet=True).to_json()
    stages: dict[str, dict[str, Any]] = {stage["name"]: stage for stage in made["stages"]}
    assert stages["turned"]["use"] == "own_stage:Backwards"
    assert made["problems"] == []


def test_a_changed_knob_of_ones_own_stage_reruns_what_follows(place: Path) -> None:
    tutelage.run("recipe.yaml", until="asked", quiet=True)
    again = tutelage.run(
        "recipe.yaml", until="asked", settings={"stages.turned.at_most": 1}, quiet=True
    )
    assert len(again.rows("turned")) == 1
    hits = {stage["name"]: stage["hit"] for stage in again.report["run"]["stages"]}
    assert hits == {"given": True, "turned": False, "asked": False}


def test_ones_own_stage_is_described_and_used_alone(place: Path) -> None:
    from rich.console import Console

    console = Console(width=120)
    with console.capture() as shown:
        console.print(describe_stage("own_stage:Backwards"))
    assert "at_most" in shown.get()
    assert "How many rows are taken." in shown.get()
    from own_stage import Backwards  # type: ignore[import-not-found]

    assert tutelage.question_of(Backwards()("rows.jsonl").kept[0]) == "a boat moors"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("own_stage:Backwards", "own_stage:Backward", "'own_stage:Backward' cannot be imported"),
        ("at_most: 3", "at_mots: 3", "unknown key 'at_mots'; did you mean 'at_most'"),
        ("word: boat", "wrd: boat", "unknown key 'wrd'; did you mean 'word'"),
        ("own_filter:Mentions", "own_verifier:Nothing", "cannot be imported"),
    ],
)
def test_what_is_wrong_with_ones_own_part_is_named(
    place: Path, old: str, new: str, message: str
) -> None:
    (place / "recipe.yaml").write_text(RECIPE.replace(old, new), encoding="utf-8")
    with pytest.raises(tutelage.InputError, match=message):
        tutelage.plan("recipe.yaml", quiet=True)
