"""The store: nothing half-made counts as made, and what a kill left is gone on with."""

from pathlib import Path

import pytest
from tutelage.core.digests import derive_seed, digest, digest_files
from tutelage.core.errors import StageError
from tutelage.core.json_files import write_json
from tutelage.core.store import MANIFEST, Store, link


def test_an_interrupted_build_is_gone_on_with(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt), store.building("k") as folder:
        (folder / "half").write_text("done so far", encoding="utf-8")
        raise KeyboardInterrupt
    assert store.manifest("k") is None
    with store.building("k") as folder:
        assert (folder / "half").read_text(encoding="utf-8") == "done so far"
        store.commit("k", {"kind": "rows"})
    assert store.manifest("k") == {"kind": "rows"}
    assert (store.path("k") / "half").exists()


def test_the_manifest_is_written_last(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.building("k") as folder:
        (folder / "data").write_text("x", encoding="utf-8")
    with pytest.raises(TypeError), store.building("k"):
        store.commit("k", {(1, 2): "no JSON key"})  # type: ignore[dict-item]
    assert (store.path("k") / "data").exists()
    assert store.manifest("k") is None


def test_a_commit_replaces_what_half_a_commit_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "k").mkdir()
    (tmp_path / "k" / "stale").write_text("x", encoding="utf-8")
    with store.building("k"):
        store.commit("k", {})
    assert [file.name for file in store.path("k").iterdir()] == [MANIFEST]


def test_two_builds_of_one_key_do_not_mix(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    with first.building("k"):
        with pytest.raises(StageError, match="another process"), second.building("k"):
            raise AssertionError("was let in")
        with second.building("other"):
            pass
    with second.building("k"):
        pass


def test_what_is_forgotten_is_built_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.building("k"):
        store.commit("k", {})
    store.forget("k")
    assert store.manifest("k") is None
    store.forget("never made")


def test_digests_depend_on_content_and_names_not_on_place(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text("text", encoding="utf-8")
    same = [digest_files([tmp_path / f / "a"], tmp_path / f) for f in ("one", "two")]
    assert same[0] == same[1]
    (tmp_path / "two" / "a").write_text("other", encoding="utf-8")
    assert digest_files([tmp_path / "two" / "a"], tmp_path / "two") != same[0]
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest("ab", "c") != digest("a", "bc")


def test_each_seed_depends_on_every_part() -> None:
    seeds = {derive_seed(1, "sft"), derive_seed(2, "sft"), derive_seed(1, "dpo"), derive_seed(1)}
    assert len(seeds) == 4
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_json_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    write_json(file, {"a": 1})
    with pytest.raises(TypeError):
        write_json(file, {(1,): 2})
    assert file.read_text(encoding="utf-8") == '{\n "a": 1\n}\n'


def test_a_link_is_relative_and_is_replaced(tmp_path: Path) -> None:
    for target in ("one", "two"):
        (tmp_path / "store" / target).mkdir(parents=True)
    name = tmp_path / "run"
    for target in ("one", "two"):
        link(tmp_path / "store" / target, name)
    assert name.readlink() == Path("store/two")
