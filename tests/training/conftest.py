"""A tiny student with random weights, and the training jobs run in this process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context, Silent, local_context
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.plugins import find_part
from tutelage.training.training_log import LOG, lines_from
from tutelage.training.training_stage import TrainingStage
from tutelage.training.worker import JOBS

from tests.training.tiny_students import tiny_student


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint folder."""
    return tiny_student(tmp_path_factory.mktemp("student"), hidden_size=32)


@dataclass(frozen=True, slots=True)
class Trained:
    """A finished job: its folder and what it logged."""

    folder: Path

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return lines_from(self.folder / LOG, 0)[0]

    def curve(self, name: str = "loss") -> list[float]:
        """What was logged under a name, step by step."""
        return [line[name] for line in self.log if name in line]

    def weights(self) -> bytes:
        """The bytes of the weights it saved."""
        (file,) = self.folder.glob("*.safetensors")
        return file.read_bytes()


@dataclass(slots=True)
class Listening(Silent):
    """Progress that keeps what is said."""

    said: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Keep a line."""
        self.said.append(text)


Train = Callable[..., Trained]


@pytest.fixture
def train(tmp_path: Path, student: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Train]:
    """Runs a training stage on rows, in this process; in the same folder again, it goes on."""

    def here(job: dict[str, Any], context: Context) -> None:
        find_part(job["job"], JOBS, "test")(dict(job), context.folder)

    journals = []

    def run(
        stage: TrainingStage,
        rows: list[Row],
        name: str = "run",
        start: Path = student,
        **models: Checkpoint,
    ) -> Trained:
        context = local_context(tmp_path / name)
        journals.append(context.journal)
        with monkeypatch.context() as patched:
            patched.setattr("tutelage.training.training_stage.launch", here)
            stage.run(context, Checkpoint(start), Rows(rows), **models)  # type: ignore[call-arg]
        return Trained(tmp_path / name)

    yield run
    for journal in journals:
        journal.close()
