"""Anthropic's Message Batches: `POST messages/batches`, polled, then read as lines of JSON.

Requests are Messages requests, so that a chat's system turn stands apart and seeds are left out;
answers are turned into the form of a chat server's, which one reader understands.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tutelage.models.engines.batch_api import BatchHttp, BatchState, RawAnswer

_PATH = "messages/batches"
_NOT_TAKEN = (
    "messages",
    "seed",
    "stop",
    "response_format",
    "chat_template_kwargs",
    "continue_final_message",
    "add_generation_prompt",
)
_NO_PARAMETERS = {"type": "object", "properties": {}}
_CLOCKS_APART_SECONDS = 120
_STATUS = {"invalid_request_error": 400, "request_too_large": 413, "billing_error": 402}
"""Errors that are the request's own or the account's; others are the server's."""


class AnthropicBatches:
    """Message batches at one server."""

    def __init__(self, http: BatchHttp) -> None:
        self._http = http

    def entry(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A request of the batch."""
        turns = fields["messages"]
        params = {key: value for key, value in fields.items() if key not in _NOT_TAKEN}
        params["messages"] = [turn for turn in turns if turn["role"] != "system"]
        if system := "\n\n".join(t["content"] for t in turns if t["role"] == "system"):
            params["system"] = system
        if fields.get("tools"):
            params["tools"] = [_tool(tool.get("function", tool)) for tool in fields["tools"]]
        if fields.get("stop"):
            params["stop_sequences"] = fields["stop"]
        return {"custom_id": name, "params": params}

    def submit(self, tag: str, entries: list[dict[str, Any]]) -> str:
        """Hand it in as one body."""
        sent = {"requests": entries}
        return str(self._http.json("POST", _PATH, again=False, json=sent)["id"])

    def find(self, tag: str, created: float, count: int) -> str | None:
        """The first batch of that size made since: Anthropic's carry no tag.

        Its answers name their requests, so one taken by mistake answers nothing.
        """
        listed = self._http.json("GET", _PATH, params={"limit": "100"})
        for batch in reversed(listed.get("data") or []):
            made = datetime.fromisoformat(batch["created_at"]).timestamp()
            size = sum((batch.get("request_counts") or {}).values())
            if made >= created - _CLOCKS_APART_SECONDS and size == count:
                return str(batch["id"])
        return None

    def state(self, batch_id: str) -> BatchState:
        """How far it is."""
        batch = self._http.json("GET", f"{_PATH}/{quote(batch_id, safe='')}")
        counts = batch.get("request_counts") or {}
        total, processing = sum(counts.values()), int(counts.get("processing") or 0)
        ended = batch.get("processing_status") == "ended"
        return BatchState(ended, total - processing, total, places=(batch_id,))

    def results(self, state: BatchState) -> Iterator[RawAnswer]:
        """One line for each request, whatever came of it."""
        (batch_id,) = state.places
        body = self._http.read("GET", f"{_PATH}/{quote(batch_id, safe='')}/results")
        for line in filter(None, body.split(b"\n")):
            entry = json.loads(line)
            yield _answer(str(entry["custom_id"]), entry["result"])


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    """A tool as Messages requests describe it; one that takes nothing may leave that out."""
    named = {name: function[name] for name in ("name", "description") if function.get(name)}
    return named | {"input_schema": function.get("parameters") or _NO_PARAMETERS}


def _answer(name: str, result: Mapping[str, Any]) -> RawAnswer:
    if result["type"] == "succeeded":
        return RawAnswer(name, 200, json.dumps(_as_chat(result["message"])).encode())
    if result["type"] != "errored":  # expired or canceled: never begun, so not charged
        return RawAnswer(name, 0, None)
    error = result.get("error") or {}
    error = error.get("error") or error
    status = _STATUS.get(str(error.get("type")), 500)
    return RawAnswer(name, status, json.dumps({"error": error}).encode())


def _as_chat(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as a chat completion."""
    said = {"role": "assistant", "content": message["content"]}
    choice = {"index": 0, "message": said, "finish_reason": message.get("stop_reason")}
    return {"choices": [choice], "usage": message.get("usage")}
