"""Which of several machines ended a training, and that none waits for the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.contract.machines import Command
from tutelage.core.errors import InputError, StageError
from tutelage.training import several_machines
from tutelage.training.launch import launch
from tutelage.training.retry_with_settings import RetryWithSettings
from tutelage.training.why_failed import Exit, why_failed

JOB = {"job": "train"}


@dataclass
class Pretended:
    """Two machines whose launchers end as a test says; `said` is left by the first that fails."""

    codes_in_turn: list[dict[int, int | None]]
    folder: Path
    said: str = ""
    address: str = "10.0.0.1"
    addresses: tuple[str, ...] = ("10.0.0.1", "10.0.0.2")
    port: int = 29501
    started: list[Command] = field(default_factory=list)
    closed: bool = False

    def gather(self, count: int, gpus: int) -> "Pretended":
        assert (count, gpus) == (2, 4)
        return self

    def start(self, commands: Sequence[Command]) -> None:
        self.started += commands
        for command in commands:
            command.output.write_text("RuntimeError: of an earlier start\n", encoding="utf-8")
        if self.said:
            (self.folder / "failure.json").write_text(self.said, encoding="utf-8")

    def codes(self) -> dict[int, int | None]:
        return self.codes_in_turn.pop(0) if len(self.codes_in_turn) > 1 else self.codes_in_turn[0]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(several_machines, "_PATIENCE_SECONDS", 1.0)
    made = local_context(tmp_path)
    made.journal.close()
    return replace(made, accelerate={"machines": 2, "processes": 4})


LOST = '{"unexpected": "RuntimeError: connection reset by peer", "machine": 0}'
OWN = '{"unexpected": "ValueError: no such head", "machine": 1}'
FOUND = '{"error": "student: no such folder", "input": true, "machine": 1}'


@pytest.mark.parametrize(
    ("codes", "said", "error", "text"),
    [
        ([{0: 1}, {0: 1, 1: 137}], LOST, StageError, r"10\.0\.0\.2 \(machine 2 of 2\) .* 137"),
        ([{}, {1: None}], LOST, StageError, r"on 10\.0\.0\.2 \(machine 2 of 2\) is gone"),
        ([{0: 1}], OWN, StageError, r"on 10\.0\.0\.2 .* ended with code 1: ValueError: no such"),
        ([{1: 2}, {1: 2, 0: 1}], FOUND, InputError, r"^on 10\.0\.0\.2 \(.*\): student: no"),
        ([{1: 1}], "", StageError, r"on 10\.0\.0\.2 .*RuntimeError: of an.*worker-1\.log$"),
    ],
)
def test_the_first_exit_ends_all_and_the_one_to_blame_is_named(
    context: Context,
    codes: list[dict[int, int | None]],
    said: str,
    error: type[Exception],
    text: str,
) -> None:
    gang = Pretended(codes, context.folder, said)
    with pytest.raises(error, match=text):
        launch(JOB, replace(context, machines=gang))
    assert gang.closed
    assert (context.folder / "job.json").exists()


SMALLER = '{"error": "out of memory", "input": false, "machine": 0, "try_with": {"micro_batch": 2}}'


@pytest.mark.parametrize("other", [134, 137])
def test_one_that_ran_out_of_memory_is_heard_whatever_that_does_to_the_other(
    context: Context, other: int
) -> None:
    context.folder.joinpath("failure.json").write_text(SMALLER, encoding="utf-8")
    gang = Pretended([{0: 1}, {0: 1, 1: other}], context.folder)
    exits = several_machines._Exits(gang)
    while not exits.over():
        pass
    found = why_failed(context.folder, exits.blamed())
    assert isinstance(found, RetryWithSettings) and found.settings == {"micro_batch": 2}
    assert str(found) == "on 10.0.0.1 (machine 1 of 2): out of memory"


def test_one_that_aborts_is_not_taken_for_killed(context: Context) -> None:
    context.folder.joinpath("failure.json").write_text(OWN, encoding="utf-8")
    (context.folder / "worker.log").write_text("", encoding="utf-8")
    found = why_failed(context.folder, Exit(134))
    assert str(found).startswith("the training process ended with code 134: ValueError: no such")


def test_once_the_first_machine_has_saved_the_weights_nobody_is_waited_for(
    context: Context,
) -> None:
    gang = Pretended([{1: 0}, {1: 0, 0: 0}], context.folder)
    launch(JOB, replace(context, machines=gang))
    assert gang.closed and not (context.folder / "job.json").exists()
    first, second = (" ".join(command.arguments) for command in gang.started)
    assert "--machine_rank 0 --main_process_ip 10.0.0.1 --main_process_port 29501" in first
    assert "--machine_rank 1 --main_process_ip 10.0.0.1 --main_process_port 29501" in second


def test_where_there_is_one_machine_only_it_is_said(context: Context) -> None:
    with pytest.raises(InputError, match="--on ray"):
        launch(JOB, context)
