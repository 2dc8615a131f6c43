"""A leaf that is compared in pieces gets the verdicts of one that is compared whole."""

import random
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import local_context
from tutelage.contract.workers import Receipt
from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows
from tutelage.curation.duplicates import near_pairs
from tutelage.curation.filters.duplicates import NearDuplicate
from tutelage.curation.filters.row_filter import build_filters
from tutelage.curation.sharded import filter_shards, leaf_matches, leaf_pairs, leaf_pieces
from tutelage.curation.sharded.cut_leaf import can_be_cut
from tutelage.curation.sharded.filter_job import FilterJob
from tutelage.stages.filter import Filter

from tests.curation.many_rows import by_id, stored

WORDS = ("red", "blue", "old", "new", "big", "lamp", "fan", "door", "key", "box", "Leeds", "7", "9")
TASK = "Say what it costs: "


class OwnNear(NearDuplicate):
    """A filter of a user's own that is made of ours."""


def alike_rows(count: int, seed: int, opening: float = 0.0) -> list[Row]:
    """Rows of one leaf: most ask what an earlier one asks, but for a few words or for none; some
    are attempts at one prompt, and a share begins with the same opening."""
    draw = random.Random(seed)
    asked = [draw.choices(WORDS, k=9)]
    rows: list[Row] = []
    for number in range(count):
        words = list(draw.choice(asked)) if draw.random() < 0.8 else draw.choices(WORDS, k=9)
        for _ in range(draw.randint(0, 3)):
            words[draw.randrange(9)] = draw.choice(WORDS)
        asked.append(words)
        question = f"{TASK if draw.random() < opening else ''}how is the {' '.join(words)}"
        row: Row = {"id": f"{seed}-{number}", "leaf": "a/b", "parents": []}
        row["prompt"] = [{"role": "user", "content": question}]
        row["completion"] = [{"role": "assistant", "content": f"by {words[0]}"}]
        row["prompt_id"] = draw.choice([None, None, f"p{draw.randrange(9)}"])
        rows.append(row)
    return rows


def both(tmp_path: Path, specs: list[Any], rows: list[Row], there: list[Row]) -> tuple[Rows, Rows]:
    """What filters make of rows that are compared whole, and of the same in pieces."""
    stage, context = Filter(filters=specs), local_context(tmp_path / "whole", "accepted")
    whole = stage.run(context, [Rows(rows)], Rows(there) if there else None)
    inputs: dict[str, Any] = {"rows": [stored(rows, tmp_path / "in")]}
    if there:
        inputs["against"] = stored(there, tmp_path / "there")
    out = tmp_path / "pieces"
    assert stage.run_on_shards(local_context(out, "accepted"), inputs) is not None
    return whole, Rows.load(out)


def never(job: FilterJob, part: tuple[int, int]) -> Receipt:
    """Stands for comparing a partition whole."""
    raise AssertionError(f"{part} is compared whole")


@pytest.mark.parametrize(
    ("shard", "texts", "threshold", "neighbours", "opening", "there"),
    [
        (30, 1000, 0.7, 24, 0.0, 0),
        (77, 13, 0.5, 2, 0.6, 0),
        (50, 100, 0.7, 2, 1.0, 90),
        (299, 50, 0.5, 24, 0.0, 0),
        (140, 9, 0.9, 1, 0.6, 20),
    ],
)
def test_equal_verdicts_whatever_the_pieces(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shard: int,
    texts: int,
    threshold: float,
    neighbours: int,
    opening: float,
    there: int,
) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", shard)
    monkeypatch.setattr(filter_shards, "PARTITION_ROWS", 299 + there)  # with the earlier ones
    monkeypatch.setattr(leaf_pairs, "TEXTS_AT_ONCE", texts)
    monkeypatch.setattr(leaf_pairs, "_KEYS_AT_ONCE", 7 * texts)
    monkeypatch.setattr(leaf_matches, "_ROWS_AT_ONCE", 5 * texts)
    monkeypatch.setattr(leaf_pieces, "_DIGESTS_AT_ONCE", 2 * texts)
    monkeypatch.setattr(near_pairs, "_NEIGHBOURS", neighbours)
    monkeypatch.setattr(filter_shards, "compare_partition", never)
    rows, before = alike_rows(300, shard, opening), alike_rows(there, shard + 1, opening)
    whole, found = both(tmp_path, [{"near_duplicate": threshold}], rows, before)
    assert found.kept == whole.kept
    assert by_id(found.rejected) == by_id(whole.rejected)
    assert 50 < len(found.rejected) < 290


def test_filters_before_and_after_and_leaves_of_every_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 50)
    monkeypatch.setattr(filter_shards, "PARTITION_ROWS", 60)
    rows = alike_rows(240, 5)
    for number, row in enumerate(rows):
        row["leaf"] = "a/small" if number % 9 == 0 else "a/gone" if number % 3 == 0 else "a/big"
    for row in rows:
        if row["leaf"] == "a/gone":
            row["completion"][0]["content"] = "no " * 50
    there = [row | {"leaf": "z/elsewhere"} for row in alike_rows(40, 6)]
    specs = [{"length": {"max_words": 20}}, "exact_duplicate", "near_duplicate", "echo"]
    whole, found = both(tmp_path, specs, rows, there)
    assert found.kept == whole.kept and by_id(found.rejected) == by_id(whole.rejected)


def test_a_build_that_was_ended_after_a_leaf_was_compared_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 50)
    monkeypatch.setattr(filter_shards, "PARTITION_ROWS", 60)

    def tally_shard(job: FilterJob, shard: int) -> Receipt:
        raise KeyboardInterrupt

    rows = alike_rows(200, 7)
    with monkeypatch.context() as ended:
        ended.setattr(filter_shards, "tally_shard", tally_shard)
        with pytest.raises(KeyboardInterrupt):
            both(tmp_path, ["near_duplicate"], rows, [])
    whole, found = both(tmp_path, ["near_duplicate"], rows, [])
    assert found.kept == whole.kept and by_id(found.rejected) == by_id(whole.rejected)


def test_only_the_filter_as_it_is_compares_in_pieces() -> None:
    specs = ["near_duplicate", "semantic_duplicate", {"use": f"{__name__}:OwnNear"}]
    judges = [judge for _, judge in build_filters(specs, "filters")]
    assert [can_be_cut(judge) for judge in judges] == [True, False, False]
