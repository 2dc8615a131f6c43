"""The command as a user types it: one line and exit code 2 for bad input, and a quick start."""

import itertools
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tutelage.cli.app import main
from tutelage.cli.options import console
from tutelage.core.errors import RecipeError
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed

from tests.trees import NOTICES_PATH, harbour, write

ROOT = Path(__file__).parents[2]
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


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Tutelage = Callable[..., Ended]


@pytest.fixture
def tutelage(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Tutelage:
    """The command, run in that folder and in this process."""
    monkeypatch.chdir(place)
    monkeypatch.setattr(console, "width", 300)
    monkeypatch.setattr(sys, "path", sys.path.copy())

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["tutelage", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


def refused(ended: Ended) -> str:
    """The one line that a command with bad input prints."""
    assert (ended.code, ended.out) == (2, "")
    (line,) = ended.err.splitlines()
    assert line.startswith("error: ")
    return line.removeprefix("error: ")


def test_a_bad_recipe_is_one_line_and_exit_code_2(place: Path, tutelage: Tutelage) -> None:
    write(place / "mine.yaml", RECIPE.replace("questions_per_passage", "questions_per_pasage"))
    assert refused(tutelage("run", "mine.yaml")) == (
        "mine.yaml:5: stages.instructions.questions_per_pasage: unknown key "
        "'questions_per_pasage'; did you mean 'questions_per_passage'?"
    )
    assert not (place / "runs").exists()


def test_a_bad_override_is_one_line_and_exit_code_2(tutelage: Tutelage) -> None:
    ended = tutelage("run", "mine.yaml", "--set", "stages.askd.x=1")
    assert "did you mean 'asked'" in refused(ended)


def test_a_bad_taxonomy_is_one_line_and_exit_code_2(place: Path, tutelage: Tutelage) -> None:
    write(place / "tree" / NOTICES_PATH / "qna.yaml", "seed_exampels: []")
    line = refused(tutelage("run", "mine.yaml"))
    assert line.startswith(f"tree/{NOTICES_PATH}/qna.yaml:1: ")
    assert not (place / "runs").exists()


@pytest.mark.parametrize("command", ["run mine.yaml", "plan mine.yaml", "stage instructions"])
def test_a_taxonomy_that_is_not_there_ends_the_command(tutelage: Tutelage, command: str) -> None:
    more = ["--out", "out", "--in", "teacher=scripted:"] if command.startswith("stage") else []
    line = refused(tutelage(*command.split(), "--taxonomy", "tre", *more))
    assert line == "--taxonomy tre: no such folder; did you mean 'tree'?"
    if more:
        line = refused(tutelage(*command.split(), "--taxonomy", "tre"))
        assert line == "give --out FOLDER for the result"


def test_bad_rows_are_one_line_and_exit_code_2(place: Path, tutelage: Tutelage) -> None:
    write(place / "rows.jsonl", ROWS + '{"prompt": [{"role": "user"}]}\n')
    line = refused(tutelage("stage", "filter", "--in", "rows=rows.jsonl", "--out", "out"))
    assert line == "rows.jsonl:2: column prompt.0: a turn of user needs `content` as text"


def test_rows_are_described_and_written_in_another_format(place: Path, tutelage: Tutelage) -> None:
    assert tutelage("rows", "rows.jsonl").out.splitlines()[0] == "rows.jsonl: 1 row in TRL format"
    assert tutelage("rows", "rows.jsonl", "--to", "alpaca", "--out", "a.jsonl").code == 0
    made = json.loads((place / "a.jsonl").read_text(encoding="utf-8"))
    assert made == {"instruction": "Why?", "input": "", "output": "So."}
    assert tutelage("rows", "a.jsonl", "--to", "openai").out.startswith('{"messages": [{"role"')
    assert "openai, sharegpt, alpaca" in refused(tutelage("rows", "rows.jsonl", "--to", "csv"))


def test_debug_raises_the_error_itself(tutelage: Tutelage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUTELAGE_DEBUG", "")
    with pytest.raises(RecipeError, match=r"none\.yaml: no such file"):
        tutelage("--debug", "run", "none.yaml")


def test_a_stage_runs_alone(tutelage: Tutelage) -> None:
    ended = tutelage("stage", "filter", "--in", "rows=rows.jsonl", "--out", "out")
    assert (ended.code, ended.err) == (0, "")
    assert "1 rows kept" in ended.out


def test_what_a_stage_alone_kept_and_why_is_printed_and_shown(
    place: Path, tutelage: Tutelage
) -> None:
    write(place / "rows.jsonl", ROWS + ROWS)
    line = ("stage", "filter", "--in", "rows=rows.jsonl", "--set", "filters=[exact_duplicate]")
    for _ in range(2):  # again into its own folder
        ended = tutelage(*line, "--out", "out")
        assert "filter: 1 rows kept, 1 rejected: exact_duplicate 1" in ended.out
    shown = tutelage("show", "out").out
    assert "filters ['exact_duplicate']" in shown
    assert "inputs: rows from rows.jsonl" in shown
    assert "rows: 1 of 2 kept" in shown
    tutelage("stage", "filter", "--in", "rows=rows.jsonl", "--out", "out")
    assert not (place / "out" / "rejected").exists()


def test_models_that_are_evaluated_alone_are_told_apart_and_their_scores_shown(
    place: Path, tutelage: Tutelage
) -> None:
    write(place / "open.jsonl", '{"question": "Say yes.", "answer": "Say yes."}\n')
    models = [f"scripted:tests.stages.fakes:{name}" for name in ("echo", "counting")]
    given = [part for model in models for part in ("--in", f"models={model}")]
    sets = ["--set", "benchmarks=[open.jsonl]", "--set", "general=false"]
    assert tutelage("stage", "evaluate", *given, *sets, "--out", "out").code == 0
    table = json.loads((place / "out" / "scores.json").read_text("utf-8"))
    assert [(line["model"], line["n"]) for line in table] == [(model, 1) for model in models]
    shown = [line.split() for line in tutelage("show", "out").out.splitlines()]
    assert ["leaf", "n", *models] in shown
    (scores,) = (line for line in shown if line[:1] == ["open"])
    assert [part for part in scores if part.endswith("%")] == ["100%", "0%"]
    twice = refused(tutelage("stage", "evaluate", *given, *given, *sets, "--out", "other"))
    assert twice.startswith(f"'{models[0]}' is given twice")


def test_a_stage_alone_overwrites_nothing_of_others(place: Path, tutelage: Tutelage) -> None:
    line = refused(tutelage("stage", "filter", "--in", "rows=rows.jsonl", "--out", "tree"))
    assert line == "tree: exists and is not a result of `tutelage stage`; give a new folder"


def test_a_recipe_runs_whole_and_is_shown(tutelage: Tutelage) -> None:
    ended = tutelage("run", "mine.yaml")
    assert (ended.code, ended.err) == (0, "")
    assert "runs/mine/report.html" in ended.out
    for arguments in (("show", "mine"), ("show", "mine", "asked"), ("plan", "mine.yaml")):
        ended = tutelage(*arguments)
        assert (ended.code, ended.err) == (0, "")
        if "asked" in arguments:
            assert (
                "  settings: filters ['exact_duplicate']\n  inputs: rows from instructions"
                in ended.out
            )
    assert [line.split()[1] for line in ended.out.splitlines()[3:5]] == ["found", "found"]


def test_what_is_no_run_no_stage_and_no_row_is_named(place: Path, tutelage: Tutelage) -> None:
    assert tutelage("run", "mine.yaml").code == 0
    line = refused(tutelage("show", "minne", "row1"))
    assert line.startswith("runs/minne: no run.json there") and "did you mean 'mine'?" in line
    line = refused(tutelage("show", "mine", "report.html"))
    assert line.startswith("runs/mine: no stage and no row 'report.html'")
    assert "did you mean 'asked'?" in refused(tutelage("show", "mine", "askd"))


def test_a_plan_is_json_for_programs_and_a_pilot_shows_its_cost(tutelage: Tutelage) -> None:
    planned = json.loads(tutelage("plan", "mine.yaml", "--json").out)
    assert planned["total"]["requests"]["low"] > 0
    piloted = tutelage("plan", "mine.yaml", "--pilot", "2")
    assert piloted.code == 0
    assert "the run will not send them again" in piloted.out


def test_a_plan_tells_all_that_is_missing_and_exits_with_2(
    place: Path, tutelage: Tutelage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_KEY", raising=False)
    models = 'models: {teacher: {ref: "http://127.0.0.1:9/v1#tiny", key_env: LAB_KEY}}'
    text = RECIPE.replace('models: {teacher: "scripted:"}', models)
    write(place / "mine.yaml", text)
    ended = tutelage("plan", "mine.yaml")
    assert ended.code == 2
    assert "LAB_KEY (key_env) is not set" in ended.err
    assert "instructions" in ended.out  # what can be said is said all the same


def test_a_reached_budget_says_how_to_go_on_and_that_works(tutelage: Tutelage) -> None:
    ended = tutelage("run", "mine.yaml", "--set", "budget={requests: 3}")
    assert ended.code == 1 and "requests 3 of 3" in ended.err
    assert "more requests to model 'teacher'" in ended.err
    for _ in range(5):
        command = shlex.split(ended.err.partition("To continue: ")[2])
        assert command[:3] == ["tutelage", "run", "mine.yaml"]
        ended = tutelage(*command[1:])
        if not ended.err:
            break
    assert (ended.code, ended.err) == (0, "")


def test_a_key_is_in_no_file_and_no_line_of_a_failed_run(
    place: Path, tutelage: Tutelage, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("TEACHER_KEY", key)
    answers = itertools.count()

    def nosy(body: dict[str, Any]) -> Reply:
        """Says the key back, then refuses it."""
        refused = failed(401, f"Incorrect API key provided: {key}")
        return chat_reply(f"{key}?") if next(answers) < 5 else refused

    with Loopback(nosy) as server:
        teacher = f"models.teacher={{ref: '{server.url}#tiny', key_env: TEACHER_KEY, in_flight: 1}}"
        ended = tutelage("run", "mine.yaml", "--set", teacher)
        assert ended.code == 1 and f"Bearer {key}" in server.headers[0]
    assert "refuses every request; it says 401: Incorrect API key provided: ***" in ended.err
    files = [file for file in place.rglob("*") if file.is_file()]
    assert {"report.html", "run.json", "journal.sqlite"} <= {file.name for file in files}
    written = b"".join(file.read_bytes() for file in files)
    assert b"***?" in written
    assert key.encode() not in written and key not in ended.out + ended.err


def test_the_journal_is_exported_and_pruned(place: Path, tutelage: Tutelage) -> None:
    tutelage("run", "mine.yaml")
    for given in ("mine", "runs/mine", "runs/.store"):
        assert tutelage("journal", "export", given, "--out", "out.jsonl").code == 0
    lines = [json.loads(line) for line in (place / "out.jsonl").read_text("utf-8").splitlines()]
    assert lines and {line["reference"] for line in lines} == {"scripted:"}
    assert refused(tutelage("journal", "prune", "mine")).startswith("journal prune: name the")
    wrong = refused(tutelage("journal", "prune", "mine", "--model", "teecher"))
    assert "did you mean 'teacher'?" in wrong
    assert "no run and no store" in refused(tutelage("journal", "export", "no", "--out", "x"))
    assert tutelage("journal", "prune", "mine", "--before", "2020-01-01").out.startswith("0 ")
    pruned = tutelage("journal", "prune", "mine", "--model", "teacher", "--before", "2999-01-01")
    assert pruned.out == f"{len(lines)} answers deleted\n"


@pytest.mark.parametrize("name", ["filter", "responses", "sft", "evaluate"])
def test_a_stage_describes_itself(tutelage: Tutelage, name: str) -> None:
    described = tutelage("stage", name, "--describe").out
    assert "inputs (--in name=...)" in described
    assert "fields (--set name=...)" in described


@pytest.mark.parametrize("arguments", [["--help"], ["stage"], ["run", "none.yaml"]])
def test_nothing_heavy_is_loaded_before_it_runs(arguments: list[str]) -> None:
    code = f"""
import atexit, sys
atexit.register(lambda: print([m for m in {LATE} if m in sys.modules]))
import tutelage.runtime.run, tutelage.planning.plan_recipe, tutelage.runtime.single_stage
import tutelage.report.show_run
from tutelage.stages import Filter, Responses, Instructions, Pairs, SFT, DPO, Evaluate
from tutelage.cli import main
sys.argv[1:] = {arguments}
main()
"""
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.stdout.splitlines()[-1] == "[]"
    assert "Traceback" not in result.stderr
    assert result.returncode == (2 if arguments[0] == "run" else 0)


def test_help_loads_only_what_shows_it() -> None:
    code = "import sys, tutelage.cli.app; print({'numpy', 'pydantic', 'yaml'} & {*sys.modules})"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


def test_a_run_is_found_by_its_name_beside_a_folder_that_is_none(
    place: Path, tutelage: Tutelage
) -> None:
    tutelage("run", "mine.yaml")
    (place / "mine").mkdir()
    assert tutelage("show", "mine").code == 0


def test_a_folder_that_is_a_file_is_named(tutelage: Tutelage) -> None:
    Path("afile").write_text("", encoding="utf-8")
    for out in ("afile", "afile/run"):
        assert "afile is a file, and a run needs a folder" in refused(
            tutelage("run", "mine.yaml", "--out", out)
        )


def test_a_key_in_place_of_its_variable_is_not_shown(tutelage: Tutelage) -> None:
    text = RECIPE.replace('"scripted:"', '{ref: "http://127.0.0.1:9/v1#m", key_env: sk-abc123}')
    write(Path("mine.yaml"), text)
    line = refused(tutelage("plan", "mine.yaml"))
    assert "is no name of an environment variable" in line and "abc123" not in line


@pytest.mark.parametrize(("name", "wrong"), [("nothing", "returned None"), ("HEAD", "is 'x', not")])
def test_a_scripted_model_that_is_no_function_is_named(
    tutelage: Tutelage, name: str, wrong: str
) -> None:
    Path("rules.py").write_text(
        "HEAD = 'x'\ndef nothing(messages, seed):\n    return None\n", encoding="utf-8"
    )
    line = refused(tutelage("run", "mine.yaml", "--teacher", f"scripted:rules:{name}"))
    assert wrong in line
