"""Code answers: right, wrong, endless, greedy and prying."""

import socket
from typing import Any

import pytest

from pipeline.errors import InputError
from pipeline.verifiers import build_verifiers

DOUBLE = ["assert double(2) == 4", "assert double('a') == 'aa'"]


def judged(answer: str, tests: list[str] | None = None, **more: Any) -> str | None:
    (verifier,) = build_verifiers([{"python_tests": {"tests": tests or DOUBLE, **more}}], "here")
    return verifier.check(answer, {})


def test_right_code_passes_bare_and_fenced() -> None:
    code = "def double(x):\n    return x * 2\n"
    assert judged(code) is None
    assert judged(f"Here it is:\n```python\n{code}```\nIt doubles.") is None


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
