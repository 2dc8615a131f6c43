"""What runs a stage is exchangeable: a job in, its manifest out, in this process or another."""

import multiprocessing
import pickle
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Entry
from tutelage.contract.context import Silent
from tutelage.core.errors import RecipeError
from tutelage.core.store import Store
from tutelage.models.budget import Budgets
from tutelage.models.journal import JOURNAL, Journal
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.executors.job import Job, RunServices
from tutelage.runtime.executors.local import LocalExecutor
from tutelage.runtime.run import Run

from tests.trees import harbour

RECIPE = """
taxonomy: tree
models: {teacher: "scripted:"}
stages:
  instructions: {questions_per_passage: 2, per_sample: 1}
  asked: {use: filter, filters: [exact_duplicate]}
  responses: {model: teacher}
"""


def _in_child(job: bytes, folder: Path, sender: Any) -> None:
    """A machine apart: it has the job and a journal of its own, nothing of the run's."""
    services = RunServices(Journal(folder / JOURNAL), Budgets(), Silent(), {})
    local = LocalExecutor(services)
    sender.send((local.run(pickle.loads(job)), local.spent))
    services.journal.close()


class Apart:
    """An executor of a user's own: every job in a process of its own."""

    def __init__(self, services: RunServices) -> None:
        self.spent: list[Entry] = []

    def run(self, job: Job) -> dict[str, Any]:
        receiver, sender = multiprocessing.Pipe()
        arguments = (pickle.dumps(job), job.folder.parent, sender)
        child = multiprocessing.get_context("spawn").Process(target=_in_child, args=arguments)
        child.start()
        manifest, spent = receiver.recv()
        child.join()
        self.spent += spent
        return dict(manifest)

    def release(self, keep: Collection[str] = ()) -> None:
        """Nothing is held between jobs."""


def run_with(executor: str, place: Path) -> Run:
    harbour(place / "tree")
    file = place / "mine.yaml"
    file.write_text(RECIPE, encoding="utf-8")
    store = Store(place / "store")
    run = Run(load_recipe(file), place / "run", store, Silent(), executor_name=executor)
    run.execute()
    return run


def test_another_executor_makes_the_same_artifacts(tmp_path: Path) -> None:
    places = [tmp_path / "here", tmp_path / "apart"]
    for place in places:
        place.mkdir()
    here, apart = (
        run_with(name, place)
        for name, place in zip(["local", f"{__name__}:Apart"], places, strict=True)
    )
    for name, made in here.made.items():
        assert apart.made[name].manifest["digest"] == made.manifest["digest"], name
        assert apart.made[name].manifest["key"] == made.manifest["key"], name
    sent = [sum(entry.spent.requests for entry in run.spent) for run in (here, apart)]
    assert sent[0] == sent[1] > 0


def test_an_executor_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="executor: unknown name 'locl'; did you mean 'local'"):
        run_with("locl", tmp_path)
