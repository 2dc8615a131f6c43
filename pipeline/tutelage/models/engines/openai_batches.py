"""OpenAI's batch API, which Mistral, Groq, Together and others copy: a file of requests goes in.

`POST files`, `POST batches`, `GET batches/ID` until it has ended, `GET files/ID/content`.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import aiohttp

from tutelage.models.engines.batch_api import BatchHttp, BatchState, RawAnswer

_PATH = "/v1/chat/completions"
_TAG = "tutelage"
_ENDED = ("completed", "expired", "cancelled", "failed")


class OpenAIBatches:
    """Batches at one server."""

    def __init__(self, http: BatchHttp) -> None:
        self._http = http

    def entry(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A line of the file."""
        return {"custom_id": name, "method": "POST", "url": _PATH, "body": fields}

    def submit(self, tag: str, entries: list[dict[str, Any]]) -> str:
        """Upload the file, then start the batch."""
        lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData({"purpose": "batch"})
            made.add_field("file", lines.encode(), filename=f"{tag}.jsonl")
            return made

        file = self._http.json("POST", "files", form=form)
        started = {
            "input_file_id": file["id"],
            "endpoint": _PATH,
            "completion_window": "24h",
            "metadata": {_TAG: tag},
        }
        return str(self._http.json("POST", "batches", again=False, json=started)["id"])

    def find(self, tag: str, created: float, count: int) -> str | None:
        """By the tag in its metadata, among the last hundred."""
        listed = self._http.json("GET", "batches", params={"limit": "100"})
        for batch in listed.get("data") or []:
            if (batch.get("metadata") or {}).get(_TAG) == tag:
                return str(batch["id"])
        return None

    def state(self, batch_id: str) -> BatchState:
        """How far it is; one that failed was refused as a whole."""
        batch = self._http.json("GET", f"batches/{quote(batch_id, safe='')}")
        counts = batch.get("request_counts") or {}
        status = batch.get("status")
        places = (batch.get("output_file_id"), batch.get("error_file_id"))
        return BatchState(
            ended=status in _ENDED,
            answered=int(counts.get("completed") or 0) + int(counts.get("failed") or 0),
            total=int(counts.get("total") or 0),
            problem=_problem(batch) if status == "failed" else "",
            places=tuple(place for place in places if place),
        )

    def results(self, state: BatchState) -> Iterator[RawAnswer]:
        """The lines of its output and of its errors; what expired is in neither, or an error."""
        for place in state.places:
            body = self._http.read("GET", f"files/{quote(place, safe='')}/content")
            for line in filter(None, body.split(b"\n")):
                yield _answer(json.loads(line))


def _answer(line: dict[str, Any]) -> RawAnswer:
    response = line.get("response")
    if not response:
        return RawAnswer(str(line["custom_id"]), 0, None)
    body = json.dumps(response.get("body"), ensure_ascii=False).encode()
    return RawAnswer(str(line["custom_id"]), int(response.get("status_code") or 200), body)


def _problem(batch: dict[str, Any]) -> str:
    errors = (batch.get("errors") or {}).get("data") or [{}]
    return str(errors[0].get("message") or errors[0].get("code") or "it does not say why")
