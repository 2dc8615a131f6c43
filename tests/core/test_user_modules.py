"""Users' own modules are found where they stand; modules of others are never taken from there."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tutelage.core.errors import RecipeError
from tutelage.core.plugins import find_part
from tutelage.core.user_modules import (
    add_user_folder,
    environment_of,
    load_module,
    python_command,
    python_environment,
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder where somebody stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith(("own_", "cowsay"))]:
        del sys.modules[name]


def test_ones_own_module_is_found_with_what_it_imports(here: Path) -> None:
    (here / "own_words.py").write_text("LOUD = 'loud'", encoding="utf-8")
    own = "import json\nfrom own_words import LOUD\nKIND = json.dumps(LOUD)"
    (here / "own_filters.py").write_text(own, encoding="utf-8")
    (here / "json.py").write_text("raise RuntimeError('shadowed')", encoding="utf-8")
    add_user_folder()
    assert find_part("own_filters:KIND", {}, "here") == '"loud"'


def test_ones_own_module_comes_before_an_installed_one_of_its_name(here: Path) -> None:
    (here / "cowsay.py").write_text("SAID = 'mine'", encoding="utf-8")
    elsewhere = here / "site"
    elsewhere.mkdir()
    (elsewhere / "cowsay.py").write_text("SAID = 'theirs'", encoding="utf-8")
    sys.path.insert(0, str(elsewhere))
    assert load_module("cowsay").SAID == "mine"


def test_a_module_that_fails_is_named_and_not_kept(here: Path) -> None:
    (here / "own_broken.py").write_text("import nowhere_at_all", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"'own_broken:X' cannot be imported: .*nowhere_at_all"):
        find_part("own_broken:X", {}, "here")
    assert "own_broken" not in sys.modules


def test_a_child_takes_nothing_from_where_one_stands_but_ones_own(here: Path) -> None:
    for name in ("json", "types", "tutelage"):
        (here / f"{name}.py").write_text("raise RuntimeError('shadowed')", encoding="utf-8")
    elsewhere = here / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "own_far.py").write_text("FAR = 1", encoding="utf-8")
    (here / "own_near.py").write_text("NEAR = 2", encoding="utf-8")
    sys.path.insert(0, str(elsewhere))  # as a script's own folder is
    grandchild = "import sys; from tutelage.core.user_modules import *; add_user_folder(); "
    grandchild += "import json, own_far, own_near; print(json.dumps([own_far.FAR, own_near.NEAR]))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    ran = subprocess.run(
        python_command("-c", child), env=python_environment(), capture_output=True, text=True
    )
    assert ran.stderr == ""
    assert json.loads(ran.stdout) == [1, 2]


@pytest.mark.parametrize(
    ("command", "safe"),
    [
        ("vllm serve ./model --port 1", True),
        ("python -m vllm.entrypoints.openai.api_server --model model", True),
        ("python own_server.py", False),
        ("python -m own_server", False),
        ("python -m own_pack.serve", False),
        ("python -m", True),
    ],
)
def test_a_server_of_ones_own_may_use_its_neighbours(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: str, safe: bool
) -> None:
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    for name in ("model", "own_pack", "vllm"):
        (here / name).mkdir()
    for name in ("own_server.py", "own_pack/__init__.py", "json.py"):
        (here / name).touch()
    assert ("PYTHONSAFEPATH" in environment_of(command.split())) is safe
