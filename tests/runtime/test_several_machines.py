"""A training on two nodes of a Ray cluster learns what one does; kills leave nothing at work."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from tutelage.contract.context import Silent
from tutelage.core.errors import InputError, StageError
from tutelage.core.store import Store
from tutelage.planning.plan_recipe import plan_recipe
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

from tests.trees import harbour
from tests.two_nodes import two_nodes

ROOT = Path(__file__).parents[2]
TRAINING = """
taxonomy: tree
stages:
  student: {use: random_student, hidden_size: 32, layers: 1}
  mine: {use: read, file: mine.jsonl}
  sft: {student: student, rows: mine, epochs: EPOCHS, learning_rate: 1e-3, bf16: false,
        batch_size: 5, max_length: 64, save_every_seconds: 1e-9}
accelerate: {machines: MACHINES}
"""
SECONDS = 20
"""A gang that waits for itself takes 300."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of two nodes on this machine."""
    with two_nodes() as address:
        yield address


def prepared(place: Path, machines: int = 2, epochs: int = 12) -> Path:
    """A folder with a recipe of a training."""
    harbour(place / "tree")
    text = TRAINING.replace("MACHINES", str(machines)).replace("EPOCHS", str(epochs))
    (place / "mine.yaml").write_text(text, encoding="utf-8")
    words = ("berth " * (1 + n % 7) + str(n) for n in range(16))
    rows = ({"id": f"r{n}", "prompt": one, "completion": one} for n, one in enumerate(words))
    (place / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return place


def run_on(place: Path, on: str, progress: Silent | None = None) -> Run:
    """Run the recipe in a folder."""
    store = Store(place / "store")
    recipe = load_recipe(place / "mine.yaml")
    run = Run(recipe, place / "run", store, progress or Silent(), executor_name=on)
    run.execute()
    return run


def weights(run: Run) -> dict[str, Any]:
    """The weights that a training made."""
    from safetensors.torch import load_file

    (file,) = run.made["sft"].folder.glob("*.safetensors")
    found: dict[str, Any] = load_file(file)
    return found


def log(run: Run) -> list[dict[str, Any]]:
    """The lines of a training's log."""
    text = (run.made["sft"].folder / "log.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def at_work(place: Path) -> list[psutil.Process]:
    """The launchers and trainers whose files are in a folder, but for zombies nobody reaps."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            ours = str(place) in " ".join(one.cmdline())
            if ours and one.status() != psutil.STATUS_ZOMBIE and one.pid != os.getpid():
                found.append(one)
    return found


def seconds_until_over(place: Path, since: float) -> float:
    """How long it took until nothing was at work any more."""
    while at_work(place):
        assert time.monotonic() < since + 100
        time.sleep(0.1)
    return time.monotonic() - since


class KillsSecond(Silent):
    """Kills the trainer of the second machine once two steps were reported."""

    def __init__(self, place: Path) -> None:
        self.place, self.steps, self.killed = place, 0, 0.0

    def advance(self, count: int = 1) -> None:
        """Steps were logged."""
        self.steps += count
        if self.steps > 1 and not self.killed:
            trainers = [one for one in at_work(self.place) if "GROUP_RANK" in one.environ()]
            (second,) = [one for one in trainers if one.environ()["GROUP_RANK"] == "1"]
            self.killed = time.monotonic()
            os.kill(second.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_machines_learn_what_one_does_also_where_a_process_was_killed(
    tmp_path: Path, cluster: str
) -> None:
    here = run_on(prepared(tmp_path / "here", machines=1), "local")
    place = prepared(tmp_path / "there")
    killer = KillsSecond(place)
    with pytest.raises(StageError, match=r"\(machine 2 of 2\) ended with code 137 \(killed"):
        run_on(place, f"ray:{cluster}", killer)
    assert time.monotonic() - killer.killed < SECONDS
    assert seconds_until_over(place, killer.killed) < SECONDS
    there = run_on(place, f"ray:{cluster}")
    assert there.made["sft"].manifest["key"] == here.made["sft"].manifest["key"]
    (begun,) = [line["done"] for line in log(there) if "done" in line][-1:]
    (devices,) = {line["setup"]["devices"] for line in log(there) if "setup" in line}
    assert 0 < begun < 48 and devices == 2
    expected = weights(here)
    for name, found in weights(there).items():
        assert found.numpy() == pytest.approx(expected[name].numpy(), rel=1e-3, abs=1e-5)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_run_leaves_no_process_on_any_machine(tmp_path: Path, cluster: str) -> None:
    place = prepared(tmp_path, epochs=10_000)
    command = [sys.executable, "-m", "tests.runtime.test_several_machines", str(place), cluster]
    with subprocess.Popen(command, cwd=ROOT) as driver:
        try:
            until = time.monotonic() + 200
            while len(trainers := at_work(place)) < 5 or not any(place.rglob("checkpoint-*")):
                assert time.monotonic() < until and driver.poll() is None
                time.sleep(0.1)
            assert driver.pid in {one.pid for one in trainers}
        finally:
            killed = time.monotonic()
            driver.kill()
    assert seconds_until_over(place, killed) < SECONDS


def test_without_a_cluster_of_so_many_nodes_one_line_says_it_before_a_run(tmp_path: Path) -> None:
    place = prepared(tmp_path)
    planned = plan_recipe(load_recipe(place / "mine.yaml"), Store(place / "store"))
    (problem,) = [one for one in planned.checks.problems if "machines" in one]
    assert "needs a Ray cluster: `--on ray`" in problem
    with pytest.raises(InputError, match=r"accelerate\.machines=1"):
        run_on(place, "processes:2")


if __name__ == "__main__":
    run_on(Path(sys.argv[1]), f"ray:{sys.argv[2]}")
