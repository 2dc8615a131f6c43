"""What tests of several parts share: a taxonomy and the context of a stage."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.taxonomy.leaf import Taxonomy

from tests.trees import harbour

_TRACKED = tempfile.TemporaryDirectory(prefix="tutelage-trackio-")
os.environ["TRACKIO_DIR"] = _TRACKED.name  # read when trackio is imported, by whichever test


@pytest.fixture
def taxonomy(tmp_path: Path) -> Taxonomy:
    """A knowledge leaf and a skill leaf."""
    return harbour(tmp_path / "taxonomy")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """The context of a stage used alone."""
    made = local_context(tmp_path / "stage")
    yield made
    made.journal.close()
