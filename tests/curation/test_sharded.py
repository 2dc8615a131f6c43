"""Filtering shard by shard gives the verdicts, rows and figures of filtering in one process."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import local_context
from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows
from tutelage.core.row_shards import content_of_shards, count_rows, shard_files
from tutelage.curation.diversity import diversity_figures
from tutelage.curation.filters.row_filter import build_filters, seen_together
from tutelage.curation.sharded import filter_shards, sample_figures
from tutelage.stages.filter import Filter

from tests.curation.many_rows import by_id, many_rows, stored
from tests.trees import harbour

OWN = "tests.curation.many_rows"
CHAINS: dict[str, list[Any]] = {
    "none": [],
    "rows alone": ["length", "echo", {"use": f"{OWN}:NoFees"}, {"use": f"{OWN}:no_pilot"}],
    "exact and near": ["exact_duplicate", "near_duplicate"],
    "all kinds": [
        {"use": f"{OWN}:NoFees"},
        "exact_duplicate",
        {"length": {"max_words": 11}},
        "near_duplicate",
        {"use": f"{OWN}:Longest"},
        {"use": f"{OWN}:Silent"},
        {"diverse": {"share": 0.8}},
    ],
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 70)
    monkeypatch.setattr(filter_shards, "PARTITION_ROWS", 80)
    monkeypatch.setattr(sample_figures, "_LOOKED_AT", 100)
    for module in (sample_figures, diversity_figures):  # fewer than there are, so some are chosen
        monkeypatch.setattr(module, "MANY", 40)
    monkeypatch.setattr(diversity_figures, "SAMPLE", 30)


def both(tmp_path: Path, stage: Filter, parts: list[list[Row]], **more: Any) -> tuple[Rows, Rows]:
    """What a filter makes of rows that are held, and of the same rows on disk."""
    there = more.pop("against", None)
    held = {"rows": [Rows(part) for part in parts], **more}
    disk = {"rows": [stored(part, tmp_path / f"in{n}") for n, part in enumerate(parts)], **more}
    if there is not None:
        held["against"], disk["against"] = Rows(there), stored(there, tmp_path / "there")
    whole = stage.run(local_context(tmp_path / "whole", "accepted"), **held)
    out = tmp_path / "shards"
    made = stage.run_on_shards(local_context(out, "accepted"), disk)
    assert made is not None
    found = Rows.load(out)
    assert made.funnel() == whole.funnel() == found.funnel()
    files = [file for state in ("kept", "rejected") for file in shard_files(out, state)]
    assert made.content == content_of_shards(files, out)
    assert {count_rows([file]) for file in files[:1]} <= {70, len(found.kept)}
    assert not (out / ".shards").exists()
    return whole, found


@pytest.mark.parametrize("name", CHAINS)
def test_the_same_verdicts_rows_and_figures(tmp_path: Path, name: str) -> None:
    rows = many_rows(240)
    whole, found = both(tmp_path, Filter(filters=CHAINS[name]), [rows])
    assert found.kept == whole.kept
    assert by_id(found.rejected) == by_id(whole.rejected)
    assert [row["id"] for row in found.rejected] == [
        row["id"] for row in rows if row["id"] in {one["id"] for one in whole.rejected}
    ]
    assert found.stats == whole.stats
    if name != "none":
        assert len(found.rejected) > 10


def test_rows_of_several_stages_beside_rows_that_are_there(tmp_path: Path) -> None:
    first, second = many_rows(200), many_rows(150, seed=2)
    second[3]["id"] = first[7]["id"]  # an id that two stages use
    second[4]["extra"] = {"n": 1}
    stage = Filter(filters=["exact_duplicate", "near_duplicate", "length"])
    whole, found = both(tmp_path, stage, [first, second], against=many_rows(120, seed=3))
    assert found.kept == [row | {"extra": row.get("extra")} for row in whole.kept]
    assert len(found.rejected) == len(whole.rejected)
    assert f"{first[7]['id']}#2" in {row["id"] for row in (*found.kept, *found.rejected)}


def test_a_taxonomy_with_demands_grid_and_held_out_questions(tmp_path: Path) -> None:
    taxonomy = harbour(tmp_path / "tree")
    leaves = [leaf.path for leaf in taxonomy.leaves]
    rows = many_rows(250, leaves=leaves)
    held = next(one for leaf in taxonomy.leaves for one in leaf.eval_examples)
    rows[5]["prompt"][0]["content"] = held.question
    stage = Filter(filters=["exact_duplicate", "on_attributes"])
    whole, found = both(tmp_path, stage, [rows], taxonomy=taxonomy)
    assert found.kept == whole.kept and by_id(found.rejected) == by_id(whole.rejected)
    assert found.stats == whole.stats
    assert any(row["reason"].startswith("decontaminated") for row in found.rejected)


def test_nothing_kept_and_nothing_rejected_are_written_too(tmp_path: Path) -> None:
    _, found = both(tmp_path, Filter(filters=[{"length": {"max_words": 1}}]), [many_rows(200)])
    assert found.kept == [] and len(found.rejected) == 200
    assert count_rows(shard_files(tmp_path / "shards", "kept")) == 0


def test_what_a_filter_must_see_together_is_known_or_taken_to_be_all() -> None:
    specs = ["length", "exact_duplicate", "near_duplicate", "grounded", "verified"]
    own = [{"use": f"{OWN}:{name}"} for name in ("NoFees", "Longest", "Silent", "no_pilot")]
    kinds = [seen_together(judge) for _, judge in build_filters([*specs, *own], "filters")]
    assert kinds == ["row", "question", "leaf", "leaf", "row", "row", "leaf", "all", "row"]


def test_few_rows_people_and_rounds_are_left_to_one_process(tmp_path: Path) -> None:
    context = local_context(tmp_path / "out")
    few, many = stored(many_rows(70), tmp_path / "few"), stored(many_rows(71), tmp_path / "many")
    assert Filter().run_on_shards(context, {"rows": [few]}) is None
    assert Filter().run_on_shards(context, {"rows": [many], "round_before": few}) is None
