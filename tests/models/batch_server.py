"""A provider's batch API on loopback, OpenAI's form and Anthropic's, as their documents give it."""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Reply = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""From a question and its request to what came of it; None where it expired."""


@dataclass
class Batch:
    """A batch that was handed in."""

    id: str
    requests: dict[str, dict[str, Any]]
    metadata: dict[str, str]
    ended: bool = False
    problem: str = ""


def echo(text: str, request: dict[str, Any]) -> dict[str, Any]:
    """The question, said back."""
    return {"text": f"re {text}"}


@dataclass
class BatchServer:
    """`with BatchServer() as server: server.url`. Batches end at once unless `held`."""

    reply: Reply = echo
    held: bool = False
    refuse_submit: int = 0
    """Status that the next batch is refused with."""
    silent_submits: int = 0
    """So many batches are taken without an answer to who hands them in."""
    batches: list[Batch] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    chats: int = 0

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"provider": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def questions(self) -> list[str]:
        """The last turn of every request of every batch, in their order."""
        return [question(one) for batch in self.batches for one in batch.requests.values()]

    def add(self, requests: dict[str, dict[str, Any]], metadata: dict[str, str]) -> Batch:
        """Take a batch in."""
        self.batches.append(Batch(f"b{len(self.batches)}", requests, metadata))
        return self.batches[-1]

    def has_ended(self, batch: Batch) -> bool:
        """Whether its answers are there."""
        batch.ended = batch.ended or not self.held
        return batch.ended


def question(request: dict[str, Any]) -> str:
    """The last turn."""
    return str(request["messages"][-1]["content"])


class _Handler(BaseHTTPRequestHandler):
    provider: BatchServer

    def do_GET(self) -> None:
        self.provider.headers.append({k.lower(): v for k, v in self.headers.items()})
        path = self.path.partition("?")[0].removeprefix("/v1/")
        if path in ("batches", "messages/batches"):
            shown = _openai if path == "batches" else _anthropic
            return self._json(
                {"data": [shown(self.provider, b) for b in self.provider.batches[::-1]]}
            )
        if found := re.fullmatch(r"files/(\w+)/content", path):
            return self._send(self.provider.files[found[1]])
        if found := re.fullmatch(r"(messages/)?batches/(\w+)(/results)?", path):
            batch = next(b for b in self.provider.batches if b.id == found[2])
            if found[3]:
                return self._send(_lines(self.provider, batch, anthropic=True))
            shown = _anthropic if found[1] else _openai
            return self._json(shown(self.provider, batch))
        return self._json({"error": {"message": "no such thing"}}, 404)

    def do_POST(self) -> None:
        self.provider.headers.append({k.lower(): v for k, v in self.headers.items()})
        body = (
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            if not self._chunked()
            else self._chunks()
        )
        path = self.path.removeprefix("/v1/")
        if path not in ("files", "batches", "messages/batches", "chat/completions"):
            return self._json({"error": {"message": "no such thing"}}, 404)
        if path == "files":
            name = f"f{len(self.provider.files)}"
            start = body.index(b"{")
            self.provider.files[name] = body[start : body.rindex(b"}") + 1]
            return self._json({"id": name})
        if path == "chat/completions":
            self.provider.chats += 1
            data = json.loads(body)
            return self._json(_chat(self.provider.reply(question(data), data) or {}))
        data = json.loads(body)
        if self.provider.refuse_submit:
            return self._json({"error": {"message": "no"}}, self.provider.refuse_submit)
        if path == "batches":
            lines = self.provider.files[data["input_file_id"]].splitlines()
            entries = [json.loads(line) for line in lines]
            assert all(entry["url"] == data["endpoint"] for entry in entries)
            made = self.provider.add({e["custom_id"]: e["body"] for e in entries}, data["metadata"])
        else:
            made = self.provider.add({e["custom_id"]: e["params"] for e in data["requests"]}, {})
            assert all(len(name) <= 64 for name in made.requests)
        if self.provider.silent_submits:
            self.provider.silent_submits -= 1
            self.close_connection = True
            return None
        return self._json(
            _openai(self.provider, made) if path == "batches" else _anthropic(self.provider, made)
        )

    def _chunked(self) -> bool:
        return self.headers.get("Transfer-Encoding") == "chunked"

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _json(self, data: dict[str, Any], status: int = 200) -> None:
        self._send(json.dumps(data).encode(), status)

    def _send(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


def _chat(outcome: dict[str, Any]) -> dict[str, Any]:
    said = {"role": "assistant", "content": outcome["text"]}
    usage = {"prompt_tokens": 10, "completion_tokens": 4}
    return {"choices": [{"message": said, "finish_reason": "stop"}], "usage": usage}


def _lines(provider: BatchServer, batch: Batch, *, anthropic: bool) -> bytes:
    entries = []
    for name, request in batch.requests.items():
        outcome = provider.reply(question(request), request)
        entries.append((_message_line if anthropic else _response_line)(name, outcome))
    return "".join(json.dumps(entry) + "\n" for entry in entries).encode()


def _response_line(name: str, outcome: dict[str, Any] | None) -> dict[str, Any]:
    if outcome is None:
        return {"custom_id": name, "response": None, "error": {"code": "batch_expired"}}
    if "status" in outcome:
        body = {"error": {"message": outcome["words"], "param": outcome.get("param")}}
        return {"custom_id": name, "response": {"status_code": outcome["status"], "body": body}}
    return {"custom_id": name, "response": {"status_code": 200, "body": _chat(outcome)}}


def _message_line(name: str, outcome: dict[str, Any] | None) -> dict[str, Any]:
    if outcome is None:
        return {"custom_id": name, "result": {"type": "expired"}}
    if "status" in outcome:
        kind = "invalid_request_error" if outcome["status"] == 400 else "api_error"
        error = {"type": "error", "error": {"type": kind, "message": outcome["words"]}}
        return {"custom_id": name, "result": {"type": "errored", "error": error}}
    said = {
        "content": [{"type": "text", "text": outcome["text"]}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 10, "output_tokens": 4},
    }
    return {"custom_id": name, "result": {"type": "succeeded", "message": said}}


def _openai(provider: BatchServer, batch: Batch) -> dict[str, Any]:
    ended, total = provider.has_ended(batch), len(batch.requests)
    shown: dict[str, Any] = {
        "id": batch.id,
        "status": "failed" if batch.problem else "completed" if ended else "in_progress",
        "metadata": batch.metadata,
        "request_counts": {"total": total, "completed": total if ended else 0, "failed": 0},
        "errors": {"data": [{"message": batch.problem}]},
    }
    if ended and not batch.problem:
        if f"out{batch.id}" not in provider.files:
            provider.files[f"out{batch.id}"] = _lines(provider, batch, anthropic=False)
        shown["output_file_id"] = f"out{batch.id}"
    return shown


def _anthropic(provider: BatchServer, batch: Batch) -> dict[str, Any]:
    ended, total = provider.has_ended(batch), len(batch.requests)
    return {
        "id": batch.id,
        "processing_status": "ended" if ended else "in_progress",
        "created_at": datetime.fromtimestamp(time.time(), UTC).isoformat(),
        "request_counts": {
            "processing": 0 if ended else total,
            "succeeded": total if ended else 0,
            "errored": 0,
            "canceled": 0,
            "expired": 0,
        },
    }
