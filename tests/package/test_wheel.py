"""The built wheel, as a user has it: in an environment of its own, in a folder full of traps.

The environment sees this one's packages, so nothing is downloaded; the package itself comes from
the wheel alone.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAP = "raise RuntimeError(f'{__file__} was imported in place of another module')\n"
RECIPE_NAMES = ("smoke", "smoke.yaml")
TRAPS = ("tutelage.py", "types.py", "json.py", "random.py", "datasets.py", "pipeline/__init__.py")
OWN = '''
from tutelage import Row, RowFilter, Scope, answer_of


class Even(RowFilter):
    """Drops answers with an odd number of letters."""

    def check(self, row: Row, scope: Scope) -> str | None:
        return "odd: number of letters" if len(answer_of(row)) % 2 else None
'''
REPLY = """
from tutelage.models.engines.scripted import docile as reply
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def tutelage(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command that installing the wheel gives."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    own = Path(sysconfig.get_path("purelib", vars={"base": str(place)}))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    install += ["--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    # After the wheel's own, and without what an editable install adds to this environment's.
    (own / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return place / "bin" / "tutelage"


@pytest.fixture
def traps(tmp_path: Path) -> Path:
    """A user's folder that holds modules by the names of others."""
    for name in TRAPS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TRAP, encoding="utf-8")
    (tmp_path / "my_filters.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "my_teacher.py").write_text(REPLY, encoding="utf-8")
    return tmp_path


def call(command: list[str | Path], folder: Path) -> str:
    """What a command prints; it must succeed."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=own)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"tutelage/py.typed", "tutelage/shipped/recipes/quickstart.yaml"} <= names
    assert "tutelage/shipped/taxonomies/smoke/knowledge/harbour/qna.yaml" in names
    assert "tutelage/shipped/taxonomies/helpdesk/knowledge/products/devices/qna.yaml" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"tutelage"}


@pytest.mark.timeout(900)  # a whole run: half a minute on an idle machine, minutes on a busy one
def test_the_smoke_recipe_runs_from_the_wheel_among_traps(tutelage: Path, traps: Path) -> None:
    where = call(
        [tutelage.with_name("python"), "-P", "-c", "import tutelage; print(tutelage)"], traps
    )
    assert str(tutelage.parents[1].resolve()) in where
    filters = "stages.accepted.filters=[verified, {use: 'my_filters:Even'}]"
    teacher = ["--teacher", "scripted:my_teacher:reply"]
    call([tutelage, "run", "smoke", *teacher, "--set", filters, "--out", "out"], traps)
    report = json.loads((traps / "out" / "report.json").read_text(encoding="utf-8"))
    assert {line["model"] for line in report["outcome"]} == {"student", "sft", "dpo"}
    dropped = [line["rejected"] for line in report["funnel"] if line["stage"] == "accepted"]
    assert any("odd" in reasons for reasons in dropped)


def test_recipes_are_listed_planned_and_copied_without_a_clone(tutelage: Path, traps: Path) -> None:
    listed = call([tutelage, "recipes"], traps)
    assert {line.split()[0] for line in listed.splitlines()} >= {"quickstart", "smoke", "lab"}
    call([tutelage, "recipes", "--copy", "smoke"], traps)
    plans = [json.loads(call([tutelage, "plan", one, "--json"], traps)) for one in RECIPE_NAMES]
    assert plans[0]["stages"] == plans[1]["stages"]
    assert [plan["problems"] for plan in plans] == [[], []]
