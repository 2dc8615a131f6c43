"""Rows of more than one shard: the same bytes and keys whoever does the work, and after kills."""

import os
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Silent
from tutelage.core import row_shards
from tutelage.core.artifacts import Rows
from tutelage.core.errors import InputError, StageError
from tutelage.core.row_shards import shard_files
from tutelage.core.store import Store
from tutelage.curation.sharded import filter_shards
from tutelage.planning.plan_recipe import plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.executors.job import check_executor
from tutelage.runtime.run import Run

from tests.curation.many_rows import many_rows
from tests.two_nodes import two_nodes

OWN = "tests.curation.many_rows"
RECIPE = """
stages:
  given: {use: read, file: rows}
  accepted: {use: filter, rows: given, filters: [FILTERS]}
"""
CHAIN = f"exact_duplicate, near_duplicate, {{use: '{OWN}:NoFees'}}, {{length: {{max_words: 10}}}}"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 60)
    monkeypatch.setattr(filter_shards, "PARTITION_ROWS", 100)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "rows").mkdir()
    Rows(many_rows(300)).save(tmp_path / "rows")
    return tmp_path


class Interrupting(Silent):
    """Ends the run at a step of the filter, as Ctrl-C does."""

    def __init__(self, step: int) -> None:
        self.left = step

    def advance(self, count: int = 1) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def run_on(
    place: Path, on: str, filters: str = CHAIN, name: str = "", progress: Silent | None = None
) -> Run:
    file = place / "many.yaml"
    file.write_text(RECIPE.replace("FILTERS", filters), encoding="utf-8")
    folder = place / (name or on.partition(":")[0])
    store = Store(folder / "store")
    run = Run(load_recipe(file), folder, store, progress or Silent(), executor_name=on)
    run.execute()
    return run


def made_by(run: Run) -> tuple[str, str, list[bytes]]:
    """The key, the content and the bytes of what the filter kept."""
    made = run.made["accepted"]
    files = [file for state in ("kept", "rejected") for file in shard_files(made.folder, state)]
    return made.manifest["key"], made.manifest["digest"], [file.read_bytes() for file in files]


def test_processes_make_the_same_bytes_and_keys_also_where_one_is_killed(place: Path) -> None:
    here = run_on(place, "local")
    assert made_by(run_on(place, "processes:2")) == made_by(here)
    rows = Rows.load(here.made["accepted"].folder)
    assert len(rows.kept) > 60 and len(rows.rejected) > 60
    deadly = CHAIN + f", {{use: '{OWN}:Deadly', mark: {place / 'killed'}}}"
    survived = run_on(place, "processes:2", deadly, "survived")
    assert (place / "killed").exists()
    kept = Rows.load(survived.made["accepted"].folder).kept
    assert [row["id"] for row in kept] == [row["id"] for row in rows.kept]


@pytest.mark.parametrize("step", [1, 3, 5])
def test_a_run_that_was_killed_goes_on_where_it_was(
    place: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made_by(run_on(place, "local"))
    with pytest.raises(StageError, match="stopped"):
        run_on(place, "local", name="killed", progress=Interrupting(step))
    left = {file: file.stat().st_mtime_ns for file in place.rglob("receipts/*/*.json")}
    assert left
    monkeypatch.setattr("shutil.rmtree", lambda *names, **more: None)
    assert made_by(run_on(place, "local", name="killed")) == whole
    names = {Path(*file.parts[-3:]): time for file, time in left.items()}
    again = {Path(*file.parts[-3:]): file.stat().st_mtime_ns for file in place.rglob("*.json")}
    assert all(again[name] == time for name, time in names.items())


def test_a_cluster_of_two_nodes_makes_the_same_bytes_and_keys_also_after_a_kill(
    place: Path,
) -> None:
    mark = place / "killed"
    chain = CHAIN + f", {{use: '{OWN}:Deadly', mark: {mark}}}"
    mark.touch()
    here = made_by(run_on(place, "local", chain))
    mark.unlink()
    with two_nodes() as address:
        assert made_by(run_on(place, f"ray:{address}", chain)) == here
        assert mark.exists()


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("processes:many", "give a number of processes"),
        ("processes:0", "give a number of processes"),
        ("local:2", "takes no argument"),
        ("rya", "ray"),
    ],
)
def test_what_cannot_run_it_is_said_before_anything_is_spent(
    place: Path, on: str, said: str
) -> None:
    file = place / "many.yaml"
    file.write_text(RECIPE.replace("FILTERS", CHAIN), encoding="utf-8")
    planned = plan_recipe(load_recipe(file), Store(place / "store"), on=on)
    assert said in " ".join(planned.checks.problems)
    with pytest.raises(InputError, match=said):
        run_on(place, on, name="run")


def test_without_ray_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: Any = lambda name, *more: None  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", found)
    with pytest.raises(InputError, match=r"pip install 'tutelage\[ray\]'"):
        check_executor("ray", tmp_path)


def test_a_filter_that_does_not_say_what_it_compares_is_named_by_the_plan(place: Path) -> None:
    file = place / "many.yaml"
    chain = f"{{use: '{OWN}:Silent'}}, {{use: '{OWN}:Longest'}}, {{use: '{OWN}:NoFees'}}"
    file.write_text(RECIPE.replace("FILTERS", chain), encoding="utf-8")
    warnings = plan_recipe(load_recipe(file), Store(place / "store")).checks.warnings
    (line,) = [one for one in warnings if "together" in one]
    assert f"'{OWN}:Silent'" in line and "stage 'accepted'" in line
    assert os.linesep not in line
