"""A fresh desk for every test; waits between retries are cut short."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models import tiny
from tests.models.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A fresh desk."""
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny Llama of random weights."""
    return tiny.write_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.models.dispatch._BACK_OFF_SECONDS", (0.002, 0.02))
