"""The command as a user types it: one line and exit code 2 for bad input, and a quick start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.trees import NOTICES_PATH, harbour, write

RECIPE = """
taxonomy: tree
models: {teacher: "scripted:"}
stages:
  instructions: {questions_per_passage: 2}
  asked: {use: filter, filters: [exact_duplicate]}
"""
ROWS = '{"prompt": "Why?", "completion": "So."}\n'
LATE = ("torch", "transformers", "trl", "datasets", "openvino_genai", "pyarrow")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a recipe, a taxonomy and rows."""
    harbour(tmp_path / "tree")
    write(tmp_path / "mine.yaml", RECIPE)
    write(tmp_path / "rows.jsonl", ROWS)
    return tmp_path


def tutelage(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    command = [sys.executable, "-W", "error", "-m", "pipeline.cli", *arguments]
    root = str(Path(__file__).parents[1])
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": root, "COLUMNS": "300", "HOME": str(place)}
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, timeout=60)


def refused(place: Path, *arguments: str) -> str:
    """The one line that a command with bad input ends with."""
    result = tutelage(place, *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def test_a_bad_recipe_is_one_line_and_exit_code_2(place: Path) -> None:
    write(place / "mine.yaml", RECIPE.replace("questions_per_passage", "questions_per_pasage"))
    assert refused(place, "run", "mine.yaml") == (
        "mine.yaml:5: stages.instructions.questions_per_pasage: unknown key "
        "'questions_per_pasage'; did you mean 'questions_per_passage'?"
    )
    assert not (place / "runs").exists()


def test_a_bad_override_is_one_line_and_exit_code_2(place: Path) -> None:
    assert "did you mean 'asked'" in refused(place, "run", "mine.yaml", "--set", "stages.askd.x=1")


def test_a_bad_taxonomy_is_one_line_and_exit_code_2(place: Path) -> None:
    write(place / "tree" / NOTICES_PATH / "qna.yaml", "seed_exampels: []")
    line = refused(place, "run", "mine.yaml")
    assert line.startswith(f"tree/{NOTICES_PATH}/qna.yaml:1: ")
    assert not (place / "runs").exists()


def test_bad_rows_are_one_line_and_exit_code_2(place: Path) -> None:
    write(place / "rows.jsonl", ROWS + '{"prompt": [{"role": "user"}]}\n')
    line = refused(place, "stage", "filter", "--in", "rows=rows.jsonl", "--out", "out")
    assert line == "rows.jsonl:2: prompt.0: a turn needs `content` as text"


def test_debug_shows_where_an_error_was_raised(place: Path) -> None:
    result = tutelage(place, "--debug", "run", "none.yaml")
    assert result.returncode != 0
    assert "Traceback" in result.stderr
    assert "none.yaml: cannot be read" in result.stderr


def test_a_stage_runs_alone_and_a_recipe_runs_whole(place: Path) -> None:
    alone = tutelage(place, "stage", "filter", "--in", "rows=rows.jsonl", "--out", "out")
    assert (alone.returncode, alone.stderr) == (0, "")
    assert "1 rows kept" in alone.stdout
    whole = tutelage(place, "run", "mine.yaml")
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "runs/mine/report.html" in whole.stdout
    shown = tutelage(place, "show", "mine", "asked")
    assert (shown.returncode, shown.stderr) == (0, "")
    planned = tutelage(place, "plan", "mine.yaml")
    assert (planned.returncode, planned.stderr) == (0, "")
    assert [line.split()[1] for line in planned.stdout.splitlines()[3:5]] == ["found", "found"]


@pytest.mark.parametrize("name", ["filter", "responses", "sft", "evaluate"])
def test_a_stage_describes_itself(place: Path, name: str) -> None:
    described = tutelage(place, "stage", name, "--describe").stdout
    assert "inputs (--in name=...)" in described
    assert "fields (--set name=...)" in described


@pytest.mark.parametrize(
    "code",
    [
        "import pipeline",
        "import pipeline.recipe, pipeline.runner, pipeline.plan, pipeline.alone, pipeline.show",
        "from pipeline.stages import Filter, Responses, Instructions, Pairs, SFT, DPO, Evaluate",
        "import sys; sys.argv[1:] = ['--help']; from pipeline.cli import main; main()",
        "import sys; sys.argv[1:] = ['stage']; from pipeline.cli import main; main()",
    ],
)
def test_nothing_heavy_is_loaded_before_it_runs(place: Path, code: str) -> None:
    ask = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([m for m in {LATE} if m in sys.modules], file=sys.stderr))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", ask + code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "[]\n")
