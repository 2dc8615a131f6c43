"""A fresh desk for every test; waits between retries are cut short."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models import tiny
from tests.models.generation_session import GenerationSession


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[GenerationSession]:
    """A fresh desk."""
    made = GenerationSession(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny Llama of random weights."""
    return tiny.write_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutelage.models.engines.dispatch._BACK_OFF_SECONDS", (0.002, 0.02))
