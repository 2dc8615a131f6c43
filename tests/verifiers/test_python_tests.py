"""Code answers: right, wrong, endless, greedy and prying."""

import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.errors import InputError
from tutelage.verifiers.outer_wall import OuterWall, outer_wall, real_python, warning
from tutelage.verifiers.verifier import build_verifiers

DOUBLE = ["assert double(2) == 4", "assert double('a') == 'aa'"]


def judged(answer: str, tests: list[str] | None = None, **more: Any) -> str | None:
    (verifier,) = build_verifiers([{"python_tests": {"tests": tests or DOUBLE, **more}}], "here")
    return verifier.check(answer, {})


def test_right_code_passes_bare_and_fenced() -> None:
    code = "def double(x):\n    return x * 2\n"
    assert judged(code) is None
    assert judged(f"Here it is:\n```python\n{code}```\nIt doubles.") is None


FENCED = "```python\ndef double(x):\n    return x * 2\n```\n"


@pytest.mark.parametrize(
    "answer",
    [
        "Install it:\n```bash\npip install nothing\n```\nThen:\n" + FENCED,
        "```text\nof what I made\n```\n" + FENCED,
        FENCED + "which prints\n```\nHello, World!\n```\nfor\n```python\nprint(double(2))\n```",
        FENCED + "```json\n{}\n```\nor\n```python\nprint(double(2))\n```",
        FENCED + "At the prompt:\n```python\n>>> double(2)\n4\n```",
        FENCED.replace("python", "") + "Output:\n```\nHello, World!\n```",
        FENCED.replace("python", "Python"),
        FENCED.replace("python", "python3"),
        FENCED.replace("python", '{.python title="double"}'),
        FENCED.replace("\n", "\r\n"),
        FENCED.replace("```", "~~~"),
        FENCED.removesuffix("```\n"),
        "1. The code:\n\n   " + FENCED.replace("\n", "\n   "),
        "<details>\n" + FENCED + "</details>",
    ],
)
def test_right_code_passes_however_it_is_fenced(answer: str) -> None:
    assert judged(answer) is None


@pytest.mark.parametrize("language", ["", "json", "bash", "pyramid"])
def test_a_fence_of_something_else_is_no_code(language: str) -> None:
    assert "code failed: SyntaxError" in str(judged(f"```{language}\nno code at all\n```"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            "def double(x): return x + x if x != 2 else 5",
            "test 1 failed: AssertionError",
        ),
        ("def double(x): return 4", "test 2 failed"),
        ("def double(x) return 4", "code failed: SyntaxError"),
        ("import sys; sys.exit(0)", "code failed: SystemExit"),
        ("import os; os._exit(0)", "ended early"),
        ("print('{\"where\": null}'); import os; os._exit(0)", "ended early"),
        ("import numpy", "ModuleNotFoundError"),
        ("x = 'a' * (1 << 30)", "MemoryError"),
        ("import os; os.system('true')", "PermissionError"),
        ("import subprocess; subprocess.run(['true'])", "PermissionError"),
        ("import os; os.fork()", "PermissionError"),
        ("open('/etc/passwd').read()", "PermissionError"),
        ("open('/tmp/planted', 'w')", "PermissionError"),
        ("import ctypes; ctypes.CDLL(None)", "PermissionError"),
        ("import os; assert not os.environ.get('HOME')\nraise KeyError", "KeyError"),
        ("\ud800", "failed"),
        ("\0", "failed"),
    ],
)
def test_wrong_or_prying_code_fails(answer: str, reason: str) -> None:
    assert reason in str(judged(answer))


WALK = """
while frame:
    for value in list(frame.f_locals.values()):
        if isinstance(value, bytes) and len(value) == 32:
            for out in range(32):
                try:
                    os.write(out, value)
                except OSError:
                    pass
    frame = frame.f_back
os._exit(0)
"""


@pytest.mark.parametrize(
    "cheat",
    [
        "import builtins\nbuiltins.exec = lambda *a: None",
        "import builtins\nkept = compile\nbuiltins.compile = lambda s, *a: kept('pass', *a)",
        "import __main__\n__main__._steps = __main__._judge = lambda *a: None",
        "import json\njson.dumps = lambda verdict: '{}'",
        "import os, sys\nframe = sys._getframe()" + WALK,
        "import os\ntry: 1 / 0\nexcept Exception as e: frame = e.__traceback__.tb_frame" + WALK,
        "import os, sys, threading\nnumber = threading.main_thread().ident"
        "\nframe = sys._current_frames()[number]" + WALK,
        "import gc\nfor o in gc.get_objects():\n    if isinstance(o, list): o.extend([None] * 9)",
        "import sys\nsys.unraisablehook = lambda r: r.object.__self__.extend([None] * 9)\n1 / 0",
        "import sys\nsys.settrace(lambda *a: None)",
        "import _thread, os, sys\ndef hook(kind, value, trace):\n    while trace.tb_next:"
        "\n        trace = trace.tb_next\n    frame = trace.tb_frame"
        + WALK.replace("\n", "\n    ")
        + "\nsys.excepthook = hook\n_thread.interrupt_main()\nraise SystemExit",
        "import os\nfor n in range(32):\n    try: os.close(n)\n    except OSError: pass",
        "import sys\nsys.stdin.buffer.seek(0)\nopen(1, 'wb').write(sys.stdin.buffer.read())",
    ],
)
def test_code_cannot_pass_by_undoing_its_judge(cheat: str) -> None:
    assert judged(f"def double(x): return 3\n{cheat}") is not None


def test_what_a_test_sees_of_builtins_is_not_what_the_code_left() -> None:
    code = "import builtins\n__builtins__['len'] = builtins.len = lambda x: 7"
    assert "test 1 failed" in str(judged(code, ["assert len('ab') == 7"]))


def test_code_may_use_frames_threads_and_deep_calls() -> None:
    code = """
import collections, dataclasses, enum, threading, typing
Pair = collections.namedtuple("Pair", "a b")
@dataclasses.dataclass
class Held:
    pair: Pair
class Colour(enum.Enum):
    RED = 1
def deep(n): return n and 1 + deep(n - 1)
def beside():
    found = []
    thread = threading.Thread(target=lambda: found.append(deep(300)))
    thread.start()
    thread.join()
    return found
"""
    assert judged(code, ["assert beside() == [300]", "assert Held(Pair(1, 2)).pair.a == 1"]) is None


def test_endless_code_is_stopped() -> None:
    assert judged("while True: pass", seconds=1) is not None


def test_its_own_folder_is_open_to_it() -> None:
    assert judged("open('a.txt', 'w').write('x')", ["assert open('a.txt').read() == 'x'"]) is None


def test_the_network_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        address = ("127.0.0.1", server.getsockname()[1])
        reason = judged(f"import socket; socket.create_connection({address!r}, timeout=1)")
        with pytest.raises(TimeoutError):
            server.accept()
    assert "failed" in str(reason)


def test_a_test_that_is_no_python_is_an_input_error() -> None:
    with pytest.raises(InputError, match="test 1 is no Python"):
        judged("x = 1", ["assert x ="])


def behind(wall: OuterWall, script: str, folder: Path) -> str:
    """What a program prints that is started behind a wall."""
    file, work = folder / "script.py", folder / "work"
    file.write_text(script)
    work.mkdir()
    command = wall.command([real_python(), "-I", "-S"], file, work)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip()


def test_the_outer_wall_hides_files_network_and_processes(tmp_path: Path) -> None:
    """Without any of Python's own checks: the wall alone."""
    wall = outer_wall()
    if wall.name != "bubblewrap":
        pytest.skip("bubblewrap does not work here")
    secret = tmp_path / "secret"
    secret.write_text("x")
    script = f"""
import os, socket
def tried(act):
    try: return str(act())
    except OSError as error: return type(error).__name__
print(tried(lambda: open({str(secret)!r}).read()), tried(lambda: open('/etc/passwd').read()),
      tried(lambda: open({str(Path(__file__))!r}).read()),
      tried(lambda: socket.create_connection(('127.0.0.1', 1), 1)),
      len([name for name in os.listdir('/proc') if name.isdigit()]) < 4,
      tried(lambda: open('mine', 'w').write('x')), tried(lambda: open('/usr/mine', 'w')))
"""
    missing = "FileNotFoundError"
    shown = behind(wall, script, tmp_path).split()
    assert shown[:3] == [missing, missing, missing]
    assert shown[3] in ("ConnectionRefusedError", "OSError")
    assert shown[4:] == ["True", "1", "OSError"]


@pytest.mark.parametrize("name", ["unshare", "none"])
def test_code_is_judged_alike_behind_other_walls(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = shutil.which("unshare") or ""
    if name == "unshare" and not program:
        pytest.skip("no unshare here")
    monkeypatch.setattr("tutelage.verifiers.sandbox.outer_wall", lambda: OuterWall(name, program))
    assert judged("def double(x): return x * 2") is None
    assert "test 1 failed" in str(judged("def double(x): return x"))


def test_where_there_is_no_wall_of_files_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, says in (("none", "Python's own checks"), ("unshare", "no network")):
        wall = OuterWall(name)
        monkeypatch.setattr("tutelage.verifiers.outer_wall.outer_wall", lambda wall=wall: wall)
        assert says in str(warning()) and "Install bubblewrap" in str(warning())
    monkeypatch.setattr("tutelage.verifiers.outer_wall.outer_wall", lambda: OuterWall("bubblewrap"))
    assert warning() is None
