"""What a provider's batch API must do for the batch engine, and the HTTP that they share."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from tutelage.core.errors import ModelError, RetryableError, TerminalError, UnreachableError
from tutelage.models.engines.event_loop import LoopThread
from tutelage.models.engines.wire import retry_after_seconds, squeeze
from tutelage.models.reference import url_under

_PATIENCE_SECONDS = 600.0
"""How long a server may be out of reach, or say that it is busy, before the run ends."""
_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=30)
_BACK_OFF_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class BatchState:
    """How far a batch is."""

    ended: bool
    answered: int
    total: int
    problem: str = ""
    """Why it was refused as a whole; nothing of it was answered then."""
    places: tuple[str, ...] = ()
    """Where its answers are, for `BatchApi.results`."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """The outcome of one request: an HTTP response as of a chat server, or None where it must be
    asked again."""

    name: str
    status: int
    body: bytes | None


class BatchApi(Protocol):
    """A provider's batch API."""

    def entry(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        """A request as it stands in a batch; `fields` as the chat server takes them."""
        ...

    def submit(self, tag: str, entries: list[dict[str, Any]]) -> str:
        """Hand a batch in; returns its id."""
        ...

    def find(self, tag: str, created: float, count: int) -> str | None:
        """The id of a batch handed in under a tag, or about then and of that size."""
        ...

    def state(self, batch_id: str) -> BatchState:
        """How far a batch is."""
        ...

    def results(self, state: BatchState) -> Iterator[RawAnswer]:
        """The answers of a batch that has ended."""
        ...


class BatchHttp:
    """Requests to one server; what can be asked again is, with growing pauses."""

    def __init__(self, base: str, headers: Mapping[str, str], secret: str) -> None:
        """`secret` is taken out of what the server says."""
        self._base = base
        self._headers = dict(headers)
        self._secret = secret
        self._thread = LoopThread()

    def json(self, method: str, path: str, *, again: bool = True, **sent: Any) -> dict[str, Any]:
        """The JSON object that the server answers; `again` where a second request does no harm."""
        body = self.read(method, path, again=again, **sent)
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise TerminalError(
                f"{self._base} has no batch API: {path} is answered by "
                f"'{squeeze(body[:300].decode(errors='replace'))}'; leave out `batch`"
            )
        return data

    def read(self, method: str, path: str, *, again: bool = True, **sent: Any) -> bytes:
        """The body of an answer; raises the ModelError that fits. `form` makes a form to send."""
        return self._thread.result(self._insist(method, path, again, sent))

    def close(self) -> None:
        """End the thread."""
        self._thread.end(None)

    async def _insist(self, method: str, path: str, again: bool, sent: dict[str, Any]) -> bytes:
        waited, pause = 0.0, 1.0
        while True:
            try:
                return await self._once(method, path, sent)
            except RetryableError as exc:
                wait = exc.retry_after_seconds or pause
                if waited + wait > _PATIENCE_SECONDS or not (again or exc.overloaded):
                    raise
            await asyncio.sleep(wait)
            waited, pause = waited + wait, min(2 * pause, _BACK_OFF_SECONDS)

    async def _once(self, method: str, path: str, sent: dict[str, Any]) -> bytes:
        url = url_under(self._base, path)
        if form := sent.get("form"):
            sent = {"data": form()}
        try:
            async with (
                aiohttp.ClientSession(
                    headers=self._headers, timeout=_TIMEOUT, trust_env=True
                ) as http,
                http.request(method, url, allow_redirects=False, **sent) as answer,
            ):
                body = await answer.read()
                if answer.status < 300:
                    return body
                raise self._error(answer.status, answer.headers, path, body)
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            raise UnreachableError(f"unreachable: {url}: {type(exc).__name__}") from exc

    def _error(self, status: int, headers: Mapping[str, str], path: str, body: bytes) -> ModelError:
        words = squeeze(body[:2000].decode(errors="replace"))
        words = words.replace(self._secret, "***") if self._secret else words
        text = f"{self._base} answers {path} with {status}: {words}"
        if status == 429 or status >= 500:
            return RetryableError(text, retry_after_seconds(headers), overloaded=status == 429)
        if status in (404, 405):
            return TerminalError(f"{text}. Has it a batch API? Else leave out `batch`")
        return TerminalError(text)
