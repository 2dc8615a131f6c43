"""A row's history: from a training row back to its seeds, with prompts, verdicts and cost."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Rows, question_of
from tutelage.core.errors import InputError
from tutelage.core.store import Store
from tutelage.provenance.lineage import show_row
from tutelage.provenance.run_folder import RunFolder
from tutelage.recipe.load_recipe import load_recipe
from tutelage.report.show_run import show_stage
from tutelage.runtime.run import Run

from tests.trees import HARBOUR_PATH, NOTICES_PATH, harbour, write

RECIPE = f"""
taxonomy: tree
machine: {{usd_per_hour: 1}}
models: {{teacher: "scripted:", judge: "scripted:"}}
stages:
  made:
    use: generate
    instructions: {{leaves: [{NOTICES_PATH}]}}
    before: [on_attributes, exact_duplicate]
    response_rubrics: [pair]
  asked: {{use: instructions, per_sample: 1}}
  kept: {{use: filter, filters: [on_attributes, {{length: {{max_words: 1}}}}]}}
  answered: {{use: responses, rows: asked, model: teacher}}
  attempts: {{use: responses, rows: answered, model: judge, help: none, samples: 2}}
"""
ASKED = "  asked: {use: instructions, per_sample: 1}\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with rows of every kind."""
    folder = tmp_path_factory.mktemp("lineage")
    harbour(folder / "tree")
    recipe = load_recipe(write(folder / "mine.yaml", RECIPE))
    Run(recipe, folder / "run", Store(folder / "run" / ".store"), Silent()).execute()
    return folder / "run"


def printed(folder: Path, name: str) -> str:
    page = io.StringIO()
    Console(file=page, width=400).print(show_row(RunFolder.load(folder), name))
    return page.getvalue()


def test_a_row_leads_to_its_seeds_prompts_verdicts_and_cost(finished: Path) -> None:
    row = Rows.load(finished / "made").kept[0]
    text = printed(finished, row["id"])
    assert "stages:  made (kept)" in text
    assert "seed example: Put this notice into JSON: The Alma lies at berth 7." in text
    assert "on_attributes: keep" in text
    assert "judge pair: keep" in text
    assert "Nothing speaks against it." in text
    assert question_of(row) in text
    assert "You write messages as in the examples." in text  # the prompt itself
    assert text.count("asked teacher (") == 2
    assert text.count("asked judge (") == 1
    assert "in total: 3 requests" in text


def test_a_row_leads_over_its_parents_to_the_first(finished: Path) -> None:
    attempt = Rows.load(finished / "attempts").kept[0]
    text = printed(finished, attempt["id"])
    for ancestor in ("from answered:", "from ask:", "from seed:"):
        assert ancestor in text
    assert "asked judge (" in text
    assert "asked teacher (" in text


def test_a_knowledge_row_leads_to_document_seed_and_what_its_answer_came_from(
    finished: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = Rows.load(finished / "answered").kept
    row = next(row for row in rows if row["leaf"] == HARBOUR_PATH)
    text = printed(finished, row["id"])
    assert "document: docs/harbour.md" in text
    assert "headings: The harbour of Elsmere > Staying" in text
    assert "seed example: On which river does the harbour of Elsmere lie? / Wend" in text
    assert text.count("asked teacher (") == 7  # five proposals, the question, the answer
    assert "in total: 7 requests" in text


def test_a_taxonomy_written_as_a_relative_path_is_found_from_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    harbour(tmp_path / "tree")
    recipe = load_recipe(write(Path("mine.yaml"), f"{RECIPE.partition('  made:')[0]}{ASKED}"))
    Run(recipe, Path("run"), Store(Path("run/.store")), Silent()).execute()
    row = Rows.load(tmp_path / "run" / "asked").kept[0]
    seed = "seed example: "
    monkeypatch.chdir("/")
    assert seed in printed(tmp_path / "run", row["id"])
    (tmp_path / "tree").rename(tmp_path / "elsewhere")
    text = printed(tmp_path / "run", row["id"])
    assert seed not in text
    assert "the taxonomy cannot be read: " in text
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    facts["taxonomy"] |= {"folder": str(tmp_path / "elsewhere")}
    del facts["taxonomy"]["from_run"]  # as runs were written before
    (tmp_path / "run" / "run.json").write_text(json.dumps(facts))
    assert seed in printed(tmp_path / "run", row["id"])
    write(tmp_path / "elsewhere" / HARBOUR_PATH / "docs" / "new.md", "The quay is long.")
    assert "the taxonomy has changed since" in printed(tmp_path / "run", row["id"])


def test_a_rejected_row_tells_its_reason_and_how_far_it_came(finished: Path) -> None:
    row = Rows.load(finished / "kept").rejected[0]
    text = printed(finished, row["id"])
    assert "stages:  asked (kept), kept (rejected)" in text
    assert f"reason: {row['reason']}" in text


def test_ids_of_two_stages_that_write_instructions_differ(finished: Path) -> None:
    made, asked = (Rows.load(finished / name) for name in ("made", "asked"))
    ids = [{row["id"] for row in (*rows.kept, *rows.rejected)} for rows in (made, asked)]
    assert not ids[0] & ids[1]


def test_a_row_that_is_not_there_is_named(finished: Path) -> None:
    with pytest.raises(InputError, match="no stage and no row 'ask:none'"):
        show_row(RunFolder.load(finished), "ask:none")


def test_a_row_in_messages_is_shown_with_all_its_turns(tmp_path: Path) -> None:
    said = [("user", "How do I boil an egg?"), ("assistant", "Eight minutes."), ("user", "Soft?")]
    turns = [{"role": role, "content": text} for role, text in [*said, ("assistant", "Five.")]]
    write(tmp_path / "talks.jsonl", json.dumps({"id": "c1", "messages": turns}))
    recipe = "stages: {mine: {use: read, file: talks.jsonl}}"
    store = Store(tmp_path / "store")
    Run(
        load_recipe(write(tmp_path / "mine.yaml", recipe)), tmp_path / "run", store, Silent()
    ).execute()
    page = io.StringIO()
    Console(file=page, width=400).print(show_stage(RunFolder.load(tmp_path / "run"), "mine", 1))
    shown = "[user] How do I boil an egg? / [assistant] Eight minutes. / [user] Soft? / [assistant]"
    assert shown in page.getvalue()
    assert shown in printed(tmp_path / "run", "c1")


def test_a_stage_shows_its_figures(finished: Path) -> None:
    page = io.StringIO()
    Console(file=page, width=400).print(show_stage(RunFolder.load(finished), "made", 1))
    assert "judge grades: {'pair': {'3': " in page.getvalue()
