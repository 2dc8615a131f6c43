"""A mix of rows that are not held has the bytes of one of rows that are."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import local_context
from tutelage.core import row_shards
from tutelage.core.artifacts import Row, Rows
from tutelage.core.row_shards import shard_files
from tutelage.stages import Mix

from tests.curation.many_rows import many_rows, stored

SETTINGS: dict[str, dict[str, Any]] = {
    "as they are": {},
    "weights": {"weights": [0.4, 2.5], "replay": 0.4, "replay_times": 3},
    "caps": {"per_leaf": 40, "replay": 0.5, "finish": ["a"]},
    "easy first": {"order": "easy_first", "weights": [1, 0], "finish": ["d"]},
    "middle": {"middle": 1.5, "per_leaf": 60},
    "statements": {"exposures": 2.5, "weights": [1, 3]},
    "leaves": {"leaf_weights": {"a": 2.5, "*": 0.5}, "exposures": 2, "weights": [1, 3]},
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 40)


def parts() -> tuple[list[list[Row]], list[list[Row]]]:
    """Rows of two stages and of an earlier phase, some of which say the same or bear one id."""
    one, other, old = many_rows(90), many_rows(70, seed=2), many_rows(110, seed=3)
    for number, row in enumerate([*one, *old]):
        row["pass_rate"] = number % 7 / 7 if number % 3 else None
    for number, row in enumerate(other):
        row["statement"] = f"s{number % 9}" if number % 4 else None
        row["extra"] = {"n": number} if number % 2 else [number]
    other[5]["id"] = one[5]["id"]
    old[:20] = [dict(row) for row in one[:20]]
    old[30]["replayed"] = False
    return [one, other], [old]


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = [file for name in ("kept", "rejected") for file in shard_files(folder, name)]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_same_bytes(tmp_path: Path, name: str) -> None:
    stage = Mix(**SETTINGS[name])
    given, earlier = (
        [stored(rows, tmp_path / f"{kind}{n}") for n, rows in enumerate(some)]
        for kind, some in zip(("given", "earlier"), parts(), strict=True)
    )
    held = ([one.load() for one in some] for some in (given, earlier))
    whole = stage.run(local_context(tmp_path / "context", "mixed"), *held)
    digest = whole.save(tmp_path / "whole")
    out = tmp_path / "shards"
    inputs = {"rows": given, "earlier": earlier}
    made = stage.run_on_shards(local_context(out, "mixed"), inputs)
    assert made is not None
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    assert made.content == digest and made.funnel() == whole.funnel()
    assert not (out / ".unordered").exists()


def test_few_rows_and_answers_that_are_cut_are_mixed_at_once(tmp_path: Path) -> None:
    few, many = stored(many_rows(40), tmp_path / "few"), stored(many_rows(41), tmp_path / "many")
    context = local_context(tmp_path / "out")
    assert Mix().run_on_shards(context, {"rows": [few]}) is None
    for stage in (Mix(whole_answers=1), Mix(replay_opening=4), Mix(most_tokens=90)):
        assert stage.run_on_shards(context, {"rows": [many]}) is None


def test_rows_of_which_none_is_kept(tmp_path: Path) -> None:
    many = stored(many_rows(50), tmp_path / "many")
    made = Mix(weights=[0]).run_on_shards(local_context(tmp_path / "out"), {"rows": [many]})
    assert made is not None
    assert Rows.load(tmp_path / "out").kept == []
    assert made.size("rejected") == 50
