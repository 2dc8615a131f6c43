"""A stage that keeps nothing stops the run with its reasons, unless it had nothing to do."""

import json
import shutil
from pathlib import Path

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.contract.empty_stage import reasons_in_words, why_empty
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import StageError
from tutelage.core.store import Store
from tutelage.curation.filters.row_filter import RowFilter, Scope
from tutelage.planning.plan_recipe import plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run
from tutelage.runtime.single_stage import run_alone
from tutelage.stages import (
    DocumentAugmentation,
    Filter,
    Instructions,
    Mix,
    Pairs,
    Responses,
    Seeds,
)

from tests.stages.fakes import answered, row
from tests.trees import harbour

STRICT = f"{{use: '{__name__}:Strict'}}"
RECIPE = f"""
taxonomy: tree
models: {{teacher: "scripted:"}}
stages:
  instructions: {{questions_per_passage: 2}}
  asked: {{use: filter, filters: [{STRICT}, exact_duplicate]}}
  responses: {{model: teacher}}
"""
EVERYTHING = "instructions", "asked", "responses"


class Strict(RowFilter):
    """Nothing is good enough."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Never."""
        return "strict: not good enough"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a recipe whose filter keeps nothing."""
    harbour(tmp_path / "tree")
    (tmp_path / "mine.yaml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def run(place: Path, *overrides: str) -> Run:
    """One invocation."""
    recipe = load_recipe(place / "mine.yaml", list(overrides))
    work = Run(recipe, place / "run", Store(place / "store"), Silent(), "tutelage run mine.yaml")
    work.execute()
    return work


def test_a_run_stops_at_a_stage_that_kept_nothing_and_says_why(place: Path) -> None:
    with pytest.raises(StageError) as caught:
        run(place)
    told = str(caught.value)
    made = Rows.load(place / "run" / "asked")
    assert f"stage 'asked' kept none of {len(made.rejected)} rows: strict " in told
    assert f"tutelage show {place / 'run'} asked" in told
    assert "tutelage run mine.yaml --set stages.asked.allow_empty=true" in told
    assert made.rejected and not (place / "run" / "responses").exists()


def test_what_was_finished_is_found_again_and_stops_the_run_again(place: Path) -> None:
    for _ in range(2):
        with pytest.raises(StageError, match="kept none of"):
            run(place)
    facts = json.loads((place / "run" / "run.json").read_text(encoding="utf-8"))
    assert {stage["name"]: stage["hit"] for stage in facts["stages"]} == {
        "instructions": True,
        "asked": True,
    }
    assert facts["spent"] == []


def test_allowed_to_be_empty_it_goes_on_from_what_is_there(place: Path) -> None:
    with pytest.raises(StageError):
        run(place)
    made = run(place, "stages.asked.allow_empty=true").made
    assert {name: made[name].hit for name in EVERYTHING} == {
        "instructions": True,
        "asked": True,
        "responses": False,
    }
    # No row came in, so it did what there was to do.
    assert made["responses"].empty == ""
    assert made["asked"].in_words().startswith("asked: kept none of ")


def test_documents_without_a_statement_are_no_success(place: Path) -> None:
    tree = place / "tree"
    shutil.rmtree(tree / "compositional_skills", ignore_errors=True)
    (document,) = tree.rglob("*.md")
    document.write_text("# Harbour\n\n## Berths\n", encoding="utf-8")
    with pytest.raises(StageError, match="'instructions' made no row: it found nothing to work on"):
        run(place)


def test_a_pilot_that_kept_nothing_says_so(place: Path) -> None:
    plan = plan_recipe(load_recipe(place / "mine.yaml"), Store(place / "store"), Silent(), 2)
    told = plan.to_json()["pilot"]["empty"]
    assert list(told) == ["asked"] and "kept none of" in told["asked"]
    assert "strict" in told["asked"]
    sound = load_recipe(place / "mine.yaml", ["stages.asked.filters=[exact_duplicate]"])
    assert plan_recipe(sound, Store(place / "store"), Silent(), 2).to_json()["pilot"]["empty"] == {}


def test_a_stage_alone_writes_what_it_rejected_and_fails(tmp_path: Path) -> None:
    file, out = tmp_path / "rows.jsonl", tmp_path / "out"
    file.write_text('{"prompt": "Why?", "completion": "So."}\n', encoding="utf-8")
    sets = [f"filters=[{STRICT}]"]
    with pytest.raises(StageError, match="kept none of 1 row: strict 1"):
        run_alone("filter", [f"rows={file}"], out, sets, None, 1, Silent())
    assert Rows.load(out).rejected[0]["reason"].startswith("strict")
    run_alone("filter", [f"rows={file}"], out, [*sets, "allow_empty=true"], None, 1, Silent())


def test_stages_called_from_python_give_their_rejected_rows() -> None:
    made = Filter(filters=[{"use": f"{__name__}:Strict"}])([answered("So.")], quiet=True)
    assert made.kept == [] and len(made.rejected) == 1


def rejected(count: int, reason: str = "echo: too alike") -> list[Row]:
    """Rows with a reason."""
    return [row(str(n)) | {"reason": reason} for n in range(count)]


def test_a_stage_without_anything_to_do_is_not_told() -> None:
    nothing, some = Rows([]), Rows([row()])
    assert why_empty(Filter(), nothing, {"rows": [nothing]}, 0) == ""
    assert why_empty(Responses(), nothing, {"rows": nothing}, 0) == ""
    assert why_empty(Mix(), nothing, {"rows": [nothing], "earlier": [some]}, 0) == ""
    assert why_empty(Instructions(), nothing, {"accepted": some}, 0) == ""
    assert why_empty(DocumentAugmentation(), nothing, {"accepted": some}, 0) == ""
    assert why_empty(DocumentAugmentation(), nothing, {}, 0) == ""  # no leaf has documents
    assert why_empty(Seeds(), nothing, {}, 0) == ""  # nor is there a skill
    assert why_empty(Filter(), some, {"rows": [some]}, 0) == ""


def test_a_stage_that_had_something_to_do_is_told() -> None:
    nothing, some = Rows([]), Rows([row()])
    assert why_empty(Instructions(), nothing, {"accepted": nothing}, 0).startswith("made no row")
    assert why_empty(Instructions(), nothing, {"accepted": some}, 7) == "made no row of 7 answers"
    assert why_empty(Pairs(), nothing, {"rows": [some]}, 0).endswith("gave no reason")
    lost = Rows([], rejected(2))
    assert why_empty(Instructions(), lost, {"accepted": some}, 0) == "kept none of 2 rows: echo 2"


class Silencing(Stage):
    """A user's own, which drops rows without a word."""

    def run(self, context: Context, rows: Rows) -> Rows:
        """None."""
        return Rows([])


def test_an_own_stage_is_held_to_it_too() -> None:
    assert "gave no reason" in why_empty(Silencing(), Rows([]), {"rows": Rows([row()])}, 0)
    assert Silencing(allow_empty=True).identity() == Silencing().identity()


def test_the_most_frequent_reasons_are_told() -> None:
    counts = {"echo": 2, "length": 9, "refusal": 4, "repetition": 1, "boilerplate": 1}
    assert reasons_in_words(counts) == "length 9, refusal 4, echo 2 and 2 other reasons"
