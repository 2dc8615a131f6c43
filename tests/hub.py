"""A stand-in for the hub on loopback: takes repositories, commits and large files, in memory."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGE = (".safetensors", ".parquet")


@dataclass
class Hub:
    """What was sent: whether a repository is private, files by `kind/name/path`, tokens."""

    url: str = ""
    private: dict[str, bool] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    refuse: bool = False


@contextmanager
def serve() -> Iterator[Hub]:
    """A hub while the context lasts."""
    hub = Hub()

    class Handler(_Handler):
        state = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: Hub

    def do_POST(self) -> None:
        self.state.tokens.add(self.headers.get("Authorization", ""))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.state.refuse:
            return self._answer({"error": "this token may not write"}, 403)
        parts = self.path.partition("?")[0].strip("/").split("/")
        if self.path == "/api/repos/create":
            return self._create(json.loads(body))
        if self.path == "/api/validate-yaml":
            return self._answer({"warnings": [], "errors": []})
        if self.path.endswith("/info/lfs/objects/batch"):
            return self._batch(json.loads(body))
        kind, name, action = parts[1], "/".join(parts[2:4]), parts[4]
        if action == "preupload":
            return self._preupload(json.loads(body))
        return self._commit(f"{kind}/{name}", body)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert hashlib.sha256(body).hexdigest() == self.path.rpartition("/")[2]
        self.state.large[self.path.rpartition("/")[2]] = body
        self._answer({})

    def _create(self, asked: dict[str, Any]) -> None:
        name = f"{asked['organization']}/{asked['name']}"
        kind = asked.get("type") or "model"
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        self.state.private[f"{kind}s/{name}"] = private
        prefix = "datasets/" if kind == "dataset" else ""
        self._answer({"url": f"{self.state.url}/{prefix}{name}"})

    def _preupload(self, asked: dict[str, Any]) -> None:
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
            }
            for file in asked["files"]
        ]
        self._answer({"files": files})

    def _batch(self, asked: dict[str, Any]) -> None:
        objects = [
            {**each, "actions": {"upload": {"href": f"{self.state.url}/large/{each['oid']}"}}}
            for each in asked["objects"]
        ]
        self._answer({"transfer": "basic", "objects": objects})

    def _commit(self, repository: str, body: bytes) -> None:
        for line in body.splitlines():
            item = json.loads(line)
            value = item["value"]
            if item["key"] == "file":
                content = base64.b64decode(value["content"])
            elif item["key"] == "lfsFile":
                content = self.state.large[value["oid"]]
            else:
                continue
            self.state.files[f"{repository}/{value['path']}"] = content
        home = f"{self.state.url}/{repository.removeprefix('models/')}"
        self._answer({"commitUrl": f"{home}/commit/{'1' * 40}", "commitOid": "1" * 40})

    def _answer(self, data: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""
