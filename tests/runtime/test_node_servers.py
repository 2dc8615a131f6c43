"""Servers of a model on the nodes of a cluster: spread, kept up, ended with the run."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tutelage.contract.context import Silent
from tutelage.core.artifacts import Rows
from tutelage.core.errors import TerminalError
from tutelage.core.store import Store
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

from tests.two_nodes import two_nodes

SERVER = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
host, port, number, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
if (folder / "broken").exists():
    raise SystemExit("no GPU here")
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.say({"data": [{"id": "tiny"}]} if self.path == "/v1/models" else None)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": f"by {number}"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1}
        self.say({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})
    def say(self, what):
        body = json.dumps(what).encode()
        self.send_response(200 if what else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
(folder / f"{number}-{os.getpid()}.pid").touch()
ThreadingHTTPServer((host, port), Handler).serve_forever()
"""
RECIPE = """
models:
  teacher:
    ref: FOLDER/weights
    in_flight: 4
    attempts: 30
    serve:
      command: "PYTHON FOLDER/server.py {host} {port} {number} FOLDER"
      servers: 2
      ready_seconds: 60
stages:
  given: {use: read, file: rows.jsonl}
  responses: {rows: given, model: teacher, help: none}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A recipe whose model is served."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    text = RECIPE.replace("FOLDER", str(tmp_path)).replace("PYTHON", sys.executable)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    rows = [{"id": f"r{n}", "leaf": "a", "prompt": f"q{n}"} for n in range(80)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of two nodes on this machine."""
    with two_nodes() as address:
        yield address


def alive(place: Path) -> list[int]:
    """The server processes that are there."""
    found = []
    for file in place.glob("*.pid"):
        number = int(file.stem.partition("-")[2])
        if Path(f"/proc/{number}").exists():
            found.append(number)
    return found


def answers(place: Path, address: str) -> list[str]:
    """What the servers said, of a run on the cluster."""
    recipe = load_recipe(place / "mine.yaml")
    run = Run(recipe, place / "run", Store(place / "store"), Silent(), executor_name=address)
    run.execute()
    made = Rows.load(run.made["responses"].folder)
    return [row["completion"][0]["content"] for row in made.kept]


def test_nodes_serve_together_and_nothing_is_left_behind(place: Path, cluster: str) -> None:
    said = answers(place, f"ray:{cluster}")
    assert len(said) == 80 and set(said) == {"by 0", "by 1"}
    until = time.monotonic() + 30
    while alive(place) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(place)


def test_a_server_on_a_node_is_kept_up_and_its_failure_told(place: Path, cluster: str) -> None:
    import ray
    from tutelage.runtime.executors.ray_servers import ServerOnNode

    ray.init(address=cluster, log_to_driver=False)
    model = load_recipe(place / "mine.yaml").models["teacher"]
    assert model[1].serve is not None
    server = ServerOnNode(ray, model[1].serve, model[0], 0)
    assert server.wait() == "tiny"
    (first,) = alive(place)
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 30
    while alive(place) in ([], [first]) and time.monotonic() < until:
        server.keep_up()
        time.sleep(0.05)
    assert server.wait() == "tiny"
    server.close()
    assert not alive(place)
    (place / "broken").touch()
    with pytest.raises(TerminalError, match=r"ended with code 1(.|\n)*no GPU here"):
        ServerOnNode(ray, model[1].serve, model[0], 0).wait()
