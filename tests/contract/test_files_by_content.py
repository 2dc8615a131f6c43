"""A field that names a file counts by its content, in a stage or filter of a user's own too."""

import json
import shutil
from pathlib import Path

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.core.by_content import InputFile
from tutelage.core.config import Strict, parse
from tutelage.core.errors import InputError
from tutelage.core.store import Store
from tutelage.curation.filters.row_filter import FilterSpec, RowFilter, Scope
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

HERE = __name__
RECIPE = f"""
models: {{student: "scripted:"}}
stages:
  words: {{use: "{HERE}:Glossary", file: words.txt}}
  kept:
    use: filter
    rows: words
    filters: [{{use: "{HERE}:Listed", file: allowed.txt}}]
"""


class Glossary(Stage):
    """Makes a row of each line of a file."""

    file: InputFile

    def known_rows(self) -> list[Row]:
        """The lines, which are known before a run."""
        lines = self.file.read_text(encoding="utf-8").split()
        return [
            {"id": word, "leaf": "*", "parents": [], "prompt": [{"role": "user", "content": word}]}
            for word in lines
        ]

    def run(self, context: Context) -> Rows:
        return Rows(self.known_rows())


class Listed(RowFilter):
    """Its prompt is in a file of allowed words."""

    file: InputFile

    def check(self, row: Row, scope: Scope) -> str | None:
        allowed = self.file.read_text(encoding="utf-8").split()
        return None if row["id"] in allowed else "not listed"


class Shout(Stage):
    """Hands rows on with the prompts that they came with."""

    keeps_prompts = True

    def run(self, context: Context, rows: Rows) -> Rows:
        return Rows(rows.kept)


class Part(Strict):
    file: InputFile


class Nested(Stage):
    """Names files wherever a field may: alone, in a list, a mapping, another object."""

    one: InputFile | None = None
    some: list[InputFile] = []
    named: dict[str, InputFile] = {}
    part: Part | None = None
    plain: Path | None = None
    filters: list[FilterSpec] = []


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "here"
    place.mkdir()
    (place / "words.txt").write_text("lamp crane", encoding="utf-8")
    (place / "allowed.txt").write_text("lamp berth", encoding="utf-8")
    (place / "mine.yaml").write_text(RECIPE, encoding="utf-8")
    return place


def execute(place: Path) -> dict[str, bool]:
    """By stage whether it was found."""
    store = Store(place.parent / "store")
    run = Run(load_recipe(place / "mine.yaml"), place / "run", store, Silent())
    run.execute()
    return {name: made.hit for name, made in run.made.items()}


def test_a_changed_file_makes_its_stage_run_again_and_a_moved_one_does_not(place: Path) -> None:
    assert execute(place) == {"words": False, "kept": False}
    moved = shutil.copytree(place, place.parent / "there", ignore=shutil.ignore_patterns("run"))
    assert execute(moved) == {"words": True, "kept": True}
    (moved / "allowed.txt").write_text("crane berth", encoding="utf-8")
    assert execute(moved) == {"words": True, "kept": False}
    (moved / "words.txt").write_text("lamp crane berth", encoding="utf-8")
    assert execute(moved) == {"words": False, "kept": False}


def test_a_missing_file_is_told_before_anything_runs(place: Path) -> None:
    (place / "words.txt").unlink()
    with pytest.raises(InputError, match=r"mine\.yaml:\d+: stages\.words: .*words\.txt"):
        execute(place)


@pytest.mark.parametrize(
    "fields",
    [
        {"one": "words.txt"},
        {"some": ["words.txt"]},
        {"named": {"a": "words.txt"}},
        {"part": {"file": "words.txt"}},
        {"one": "."},
        {"filters": [{"use": f"{HERE}:Listed", "file": "words.txt"}]},
        {"filters": [{"semantic_duplicate": 0.9}, {"use": f"{HERE}:Listed", "file": "words.txt"}]},
    ],
)
def test_files_count_wherever_a_field_names_them(place: Path, fields: dict[str, object]) -> None:
    stage = parse(Nested, fields, place / "mine.yaml")
    before = stage.identity()
    assert str(place) not in json.dumps(before)
    (place / "words.txt").write_text("other", encoding="utf-8")
    assert stage.identity() != before


def test_a_path_of_plain_type_counts_by_content_too(place: Path) -> None:
    stage = Nested(plain=place / "words.txt")
    before = stage.identity()
    (place / "words.txt").write_text("other", encoding="utf-8")
    assert stage.identity() != before


def test_prompts_known_before_a_run_are_looked_at_through_stages_that_keep_them(
    place: Path,
) -> None:
    (place / "exam.jsonl").write_text('{"question": "crane", "answer": "x"}', encoding="utf-8")
    text = (
        RECIPE
        + f"""
  shouted: {{use: "{HERE}:Shout", rows: words}}
  sft: {{rows: shouted, student: student}}
  evaluate: {{models: [student], general: false, benchmarks: [exam.jsonl]}}
"""
    )
    (place / "mine.yaml").write_text(text.replace("scripted:", "org/tiny"), encoding="utf-8")
    run = Run(
        load_recipe(place / "mine.yaml"), place / "run", Store(place.parent / "store"), Silent()
    )
    with pytest.raises(InputError, match="1 of 2 rows ask held-out questions: crane"):
        run.check()
