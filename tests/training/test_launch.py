"""Training as a child process: killed and resumed, on two devices, started through something."""

import os
import signal
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from tutelage.contract.context import Silent, local_context
from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.core.errors import InputError, StageError
from tutelage.core.free_port import free_port
from tutelage.stages import DPO, SFT
from tutelage.training.accelerate_launcher import exit_code, threads
from tutelage.training.launch import launch
from tutelage.training.launch_command import (
    Meeting,
    command_line,
    launcher_arguments,
    visible_devices,
)
from tutelage.training.training_stage import TrainingStage

from tests.training.conftest import Train, Trained
from tests.training.row_files import demonstrations, pairs

KNOBS: dict[str, Any] = {
    "epochs": 2.0,
    "learning_rate": 1e-3,
    "bf16": False,
    "batch_size": 5,
    "max_length": 256,
}
Launch = Callable[..., Trained]


@pytest.fixture
def launched(tmp_path: Path, student: Path) -> Iterator[Launch]:
    """Runs a training stage as a user does: in child processes."""
    journals = []

    def run(stage: TrainingStage, rows: list[Any], **more: Any) -> Trained:
        context = local_context(tmp_path / "launched")
        journals.append(context.journal)
        start = Checkpoint(more.pop("start", student))
        stage.run(replace(context, **more), start, Rows(rows))  # type: ignore[call-arg]
        return Trained(context.folder)

    yield run
    for journal in journals:
        journal.close()


def _is_launcher(process: psutil.Process) -> bool:
    return any("accelerate" in part for part in process.cmdline())


class KillsOnce(Silent):
    """Kills the trainer, not its launcher, at the second step it reports: the first is saved."""

    def __init__(self) -> None:
        self.killed = self.steps = 0

    def advance(self, count: int = 1) -> None:
        """Steps were logged."""
        self.steps += count
        if self.steps > 1 and not self.killed:
            children = psutil.Process().children()  # other tests may have left helpers of theirs
            launcher = next(one for one in children if _is_launcher(one))
            self.killed = launcher.children()[0].pid
            os.kill(self.killed, signal.SIGKILL)


@pytest.mark.slow
def test_a_killed_trainer_goes_on_to_the_same_weights(launched: Launch, train: Train) -> None:
    stage = SFT(**(KNOBS | {"epochs": 60.0, "save_every_seconds": 1e-9}))
    whole = train(stage, demonstrations(18), "whole")
    killer = KillsOnce()
    with pytest.raises(StageError, match=r"ended with code 137 \(killed"):
        launched(stage, demonstrations(18), progress=killer)
    resumed = launched(stage, demonstrations(18))
    assert killer.killed
    assert 0 < [line["done"] for line in resumed.log if "done" in line][-1] < 240
    assert resumed.curve() == pytest.approx(whole.curve(), rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_two_processes_give_the_curve_of_one(launched: Launch, train: Train, method: str) -> None:
    # 18 rows in steps of 5: uneven shares, and a last step that leaves them uneven too.
    stage: TrainingStage = SFT(**KNOBS) if method == "sft" else DPO(**KNOBS, sft_weight=0.3)
    rows = demonstrations(16) if method == "sft" else pairs(16)
    one = train(stage, rows, "one")
    two = launched(stage, rows, accelerate={"processes": 2})
    (setup,) = [line["setup"] for line in two.log if "setup" in line]
    assert setup["devices"] == 2
    assert two.curve() == pytest.approx(one.curve(), rel=1e-4)
    assert two.curve("grad_norm") == pytest.approx(one.curve("grad_norm"), rel=1e-3)


@pytest.mark.slow
def test_bad_input_found_by_the_child_stays_bad_input(launched: Launch) -> None:
    with pytest.raises(InputError, match="no row can be trained on"):
        launched(SFT(**(KNOBS | {"max_length": 2})), demonstrations(3))


def test_a_config_file_or_fields_become_the_launchers_command() -> None:
    assert command_line({"config_file": "two.yaml"})[-2:] == ["--config_file", "two.yaml"]
    plain = command_line({"processes": 1})
    assert "--multi_gpu" not in plain
    assert "--multi_gpu" in command_line({"processes": 2})
    assert "--use_fsdp" in command_line({"processes": 2, "fsdp": True})
    deepspeed = command_line({"processes": 2, "deepspeed": 3})
    assert deepspeed[deepspeed.index("--zero_stage") + 1] == "3"
    second = launcher_arguments({"machines": 2, "processes": 4}, Meeting(1, "10.0.0.7", 29501))
    assert " ".join(second).endswith(
        "--num_machines 2 --num_processes 8 --machine_rank 1 --main_process_ip 10.0.0.7 "
        "--main_process_port 29501 --multi_gpu"
    )
    through = command_line({"config_file": "two.yaml", "through": ["srun", "--nodes=2"]})
    assert through[:2] == ["srun", "--nodes=2"]


MACHINES = """
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
num_machines: 2
num_processes: 2
machine_rank: {rank}
same_network: false
rdzv_backend: c10d
main_process_ip: 127.0.0.1
main_process_port: {port}
mixed_precision: "no"
"""
BOTH = """#!/bin/sh
$(echo "$@" | sed "s/machine0/machine1/") &
"$@" && wait $!
"""


@pytest.mark.slow
def test_two_machines_are_started_through_a_script(
    launched: Launch, train: Train, tmp_path: Path
) -> None:
    port = free_port()
    for rank in (0, 1):
        file = tmp_path / f"machine{rank}.yaml"
        file.write_text(MACHINES.format(rank=rank, port=port), encoding="utf-8")
    script = tmp_path / "both.sh"
    script.write_text(BOTH, encoding="utf-8")
    script.chmod(0o700)
    one = train(SFT(**KNOBS), demonstrations(16), "one")
    machines = {"config_file": str(tmp_path / "machine0.yaml"), "through": [str(script)]}
    two = launched(SFT(**KNOBS), demonstrations(16), accelerate=machines)
    (setup,) = [line["setup"] for line in two.log if "setup" in line]
    assert setup["devices"] == 2
    assert two.curve() == pytest.approx(one.curve(), rel=1e-4)


def leave_a_line(job: dict[str, Any], folder: Path) -> None:
    """A job for the child."""
    with (folder / "lines").open("a", encoding="utf-8") as file:
        file.write(f"{job['words']}\n")


def test_what_is_no_training_is_done_once_whatever_trainings_are_spread_over(
    tmp_path: Path,
) -> None:
    context = replace(local_context(tmp_path), accelerate={"processes": 2})
    launch({"job": f"{__name__}:leave_a_line", "words": "here"}, context, alone=True)
    assert (tmp_path / "lines").read_text(encoding="utf-8") == "here\n"


def test_one_process_sees_one_gpu_of_those_it_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_devices({}) == {"CUDA_VISIBLE_DEVICES": "0"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert visible_devices({"processes": 1}) == {"CUDA_VISIBLE_DEVICES": "3"}
    for several in ({"processes": 2}, {"machines": 2}, {"config_file": "two.yaml"}):
        assert visible_devices(several) == {}


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="has no affinity to set")
def test_a_process_trains_with_no_more_threads_than_it_may_use_cores() -> None:
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})
    try:
        alone = threads(Namespace(num_machines=1, num_processes=1))
        of_four = threads(Namespace(num_machines=2, num_processes=8))
    finally:
        os.sched_setaffinity(0, mine)
    assert (alone, of_four) == (1, 1)


@pytest.mark.parametrize(
    ("codes", "told"), [([1, -15], 1), ([1, -9, -15], 137), ([2], 2), ([-15, -15], 143)]
)
def test_the_launchers_code_is_that_of_the_process_to_blame(codes: list[int], told: int) -> None:
    assert exit_code(codes) == told
