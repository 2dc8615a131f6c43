"""Servers that are started: waited for, spread over, ended; their log at hand when they fail."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydantic import ValidationError
from tutelage.core.errors import TerminalError
from tutelage.models.engine_pool import choose_engine
from tutelage.models.engines.endpoint import Endpoint
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.models.serve import Serve, start_servers
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed

from tests.models.generation_session import GenerationSession, ask, asks

_SERVER = """
import json, os, sys, time
from pathlib import Path
from tutelage.testing.loopback import Loopback, Reply, chat_reply
port, folder, model = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
print("loading", model, flush=True)
def answer(body):
    if not body:
        return Reply(json.dumps({"data": [{"id": "other"}, {"id": model}]}).encode())
    return chat_reply(f"{body['model']} {port}")
(folder / f"{os.getpid()}.pid").touch()
with Loopback(answer, port) as server:
    time.sleep(60)
"""

_LISTING = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
port, loading_seconds, names = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3].split(",")
ready = time.monotonic() + loading_seconds
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/v1/models":
            self.send_response(503 if time.monotonic() < ready else 200)
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"data": [{"id": name} for name in names]}).encode())
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """Weights in a folder, to be served by two servers."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "server.py").write_text(_SERVER)
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command = f"{sys.executable} {tmp_path}/server.py {{port}} {tmp_path} {{model}}"
    serve = Serve(command=command, servers=2, ready_seconds=30)
    reference = parse_reference(str(tmp_path), Path())
    return Model("student", reference, _config(tmp_path, serve), "id")


def _config(folder: Path, serve: Serve) -> ModelConfig:
    return ModelConfig(ref=str(folder), serve=serve, attempts=1000)


def alive(folder: Path) -> list[int]:
    """The servers that still run."""
    found = []
    for file in folder.glob("*.pid"):
        try:
            os.kill(int(file.stem), 0)
        except ProcessLookupError:
            continue
        found.append(int(file.stem))
    return found


def wait_for_end(folder: Path) -> None:
    until = time.monotonic() + 20
    while alive(folder) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(folder)


def test_servers_answer_under_the_models_name_and_end(served: Model, tmp_path: Path) -> None:
    assert choose_engine(served) == "endpoint"
    engine = Endpoint(served)
    texts = {completion.text for completion in engine.complete(asks(100))}
    assert len(alive(tmp_path)) == 2
    assert len(texts) == 2 and all(text.startswith(f"{tmp_path} ") for text in texts)
    engine.close()
    assert not alive(tmp_path)


def test_a_server_that_dies_is_started_again(served: Model, tmp_path: Path) -> None:
    engine = Endpoint(served)
    list(engine.complete([ask("q")]))
    (first, second) = alive(tmp_path)
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 30
    while len(alive(tmp_path)) < 2 and time.monotonic() < until:
        list(engine.complete(asks(20)))
    assert second in alive(tmp_path) and len(alive(tmp_path)) == 2
    engine.close()
    assert not alive(tmp_path)


def test_a_server_that_dies_again_and_again_stops_the_run_with_its_log(
    served: Model, tmp_path: Path
) -> None:
    engine = Endpoint(served)
    (tmp_path / "server.py").write_text("print('out of memory', flush=True); raise SystemExit(3)")
    for number in alive(tmp_path):
        os.kill(number, signal.SIGKILL)
    wait_for_end(tmp_path)
    with pytest.raises(TerminalError, match=r"ended with code 3(.|\n)*out of memory"):
        list(engine.complete([ask("q")]))
    engine.close()


def test_a_server_that_never_starts_is_told_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command = f"{sys.executable} -c 'print(\"no GPU here\"); raise SystemExit(3)' {{port}}"
    reference = parse_reference("org/name", Path())
    with pytest.raises(TerminalError, match=r"ended with code 3(.|\n)*no GPU here"):
        start_servers(Serve(command=command, ready_seconds=20), reference)


def name_there(folder: Path, listed: str, loading_seconds: float = 0) -> str:
    """The name to ask for of a server that serves `org/name` and lists some names."""
    (folder / "listing.py").write_text(_LISTING)
    command = f"{sys.executable} {folder}/listing.py {{port}} {loading_seconds} {listed}"
    serve = Serve(command=command, ready_seconds=20)
    servers, name = start_servers(serve, parse_reference("org/name", Path()))
    for server in servers:
        server.close()
    return name


def test_of_several_models_that_a_server_lists_the_own_one_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert name_there(tmp_path, "org/other,org/name") == "org/name"
    assert name_there(tmp_path, "alias") == "alias"
    with pytest.raises(TerminalError, match="none is 'org/name': 'org/other', 'org/third'"):
        name_there(tmp_path, "org/other,org/third")


def test_a_server_that_lists_its_model_while_it_loads_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    started = time.monotonic()
    assert name_there(tmp_path, "org/name", loading_seconds=3) == "org/name"
    assert time.monotonic() - started > 3


def test_a_server_ends_with_its_killed_parent(served: Model, tmp_path: Path) -> None:
    assert served.config.serve is not None
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from tutelage.models.reference import parse_reference\n"
        "from tutelage.models.serve import Serve, start_servers\n"
        "serve = Serve.model_validate_json(sys.argv[1])\n"
        "import tempfile\ntempfile.tempdir = sys.argv[2]\n"
        "start_servers(serve, parse_reference(sys.argv[2], Path()))\n"
        "print('up', flush=True)\ntime.sleep(60)\n"
    )
    settings = served.config.serve.model_dump_json()
    with subprocess.Popen(
        [sys.executable, "-c", program, settings, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"up\n"
        assert len(alive(tmp_path)) == 2
        parent.kill()
    wait_for_end(tmp_path)


@pytest.mark.parametrize("command", ["vllm serve {modle} --port {port}", "vllm serve {model}", ""])
def test_a_command_is_checked_before_it_runs(command: str) -> None:
    with pytest.raises(ValidationError):
        Serve(command=command)


def test_braces_of_json_in_a_command_are_doubled() -> None:
    with pytest.raises(ValidationError, match=r"write braces that are none as \{\{ and \}\}"):
        Serve(command="serve {port} --more '{\"a\": 1}'")
    Serve(command="serve {port} --more '{{\"a\": 1}}'")


def test_variables_before_a_command_need_env() -> None:
    with pytest.raises(ValidationError, match=r"write `env GPU=\{number\} serve \{port\}`"):
        Serve(command="GPU={number} serve {port}")


def test_serving_a_server_makes_no_sense() -> None:
    serve = Serve(command="serve {port}")
    with pytest.raises(ValidationError, match="is a server"):
        ModelConfig(ref="http://127.0.0.1:1/v1#x", serve=serve)
    with pytest.raises(ValidationError, match="more_urls"):
        ModelConfig(ref="org/name", more_urls=["http://127.0.0.1:1/v1"])


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/v1", "127.0.0.1:80/v1", "http://u:s3cret@h/v1", "http://h/v1#other"]
)
def test_a_further_url_is_one_without_a_password(url: str) -> None:
    with pytest.raises(ValidationError, match="number 1 "):
        ModelConfig(ref="http://127.0.0.1:1/v1#x", more_urls=[url])


def test_requests_are_spread_and_a_dead_server_is_passed_over(desk: GenerationSession) -> None:
    with Loopback() as gone:
        dead = gone.url
    with Loopback() as first, Loopback() as second:
        engine = desk.engine(first.url, more_urls=[second.url, dead])
        assert len({c.text for c in engine.complete(asks(200))}) == 200
        assert len(first.asked) > 50 and len(second.asked) > 50


@pytest.mark.parametrize(
    ("wrong", "most"),
    [
        (failed(500, "out of memory"), 20),
        (Reply(b"<html>"), 20),
        (failed(404, "no model 'tiny' here"), 10),
    ],
)
def test_a_server_that_fails_fast_is_given_little(
    desk: GenerationSession, wrong: Reply, most: int
) -> None:
    slow = Reply(chat_reply("fine").body, delay_seconds=0.02)
    with Loopback(lambda _: slow) as good, Loopback(lambda _: wrong) as bad:
        client = desk.client(good.url, more_urls=[bad.url], in_flight=8)
        found = list(client.complete(asks(200)))
        assert all(c.text == "fine" for c in found) and len(found) == 200
        assert len(good.asked) == 200 and len(bad.asked) <= most


def test_a_refusal_of_every_server_ends_the_run(desk: GenerationSession) -> None:
    refusal = failed(404, "no model 'tiny' here")
    with Loopback(lambda _: refusal) as first, Loopback(lambda _: refusal) as second:
        engine = desk.engine(first.url, more_urls=[second.url], in_flight=2)
        with pytest.raises(TerminalError, match="no model 'tiny' here"):
            list(engine.complete(asks(200)))
        assert len(first.asked) + len(second.asked) < 10
