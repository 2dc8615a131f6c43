"""Hand-made runs for the tests beside this file."""

from pathlib import Path

import pytest

from tests.report import runs
from tests.report.handmade import HandMade


@pytest.fixture
def data_only(tmp_path: Path) -> HandMade:
    """Instructions, responses and a filter; nothing trained."""
    return runs.data_only(tmp_path / "run")


@pytest.fixture
def whole(tmp_path: Path) -> HandMade:
    """The whole line, DPO and evaluation included."""
    return runs.whole(tmp_path / "run")
