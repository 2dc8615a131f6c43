"""What the tests of the documentation share."""

import pytest

from tests.docs.setups import Setups


@pytest.fixture(scope="session")
def setups(tmp_path_factory: pytest.TempPathFactory) -> Setups:
    """Prepares pages' folders."""
    return Setups(tmp_path_factory.mktemp("setups"))
