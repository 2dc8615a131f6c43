"""The engine for any OpenAI-compatible chat server: many requests under way on kept connections.

The connections live on an event loop in a thread of their own, so that a stage may work on one
answer while the next ones arrive. At most twice the model's `in_flight` requests are taken ahead.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import aiohttp
from yarl import URL

from tutelage.core.errors import (
    FieldRefused,
    LostError,
    RetryableError,
    TerminalError,
    UnreachableError,
)
from tutelage.models.api_key import auth_headers, read_key
from tutelage.models.chat import Completion, Request, is_pre_query
from tutelage.models.engines.dispatch import Dispatch, dropped
from tutelage.models.engines.event_loop import LoopThread
from tutelage.models.engines.feed import Feed
from tutelage.models.engines.replica import Replica
from tutelage.models.engines.window import Window
from tutelage.models.engines.wire import Wire
from tutelage.models.garbage import seldom_collected
from tutelage.models.model import Model
from tutelage.models.serve import Served, Server, StartOne, start_servers

_LARGEST_ANSWER_BYTES = 16 << 20
_CONNECT_SECONDS = 30
_TAKE_AT_ONCE = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """Requests under way, the outcomes that nobody has taken yet, and who keeps what is left."""

    dispatch: Dispatch
    arrived: SimpleQueue[list[Completion | BaseException]]
    keep: Callable[[list[Completion]], object]


class Endpoint:
    """A chat-completions server. Retries refusals; a lost answer comes back failed and `lost`."""

    def __init__(
        self,
        model: Model,
        sending: Callable[[Request], object] = lambda request: None,
        start: StartOne = Server,
    ) -> None:
        """`sending` is told, on a thread of its own, of every request just before it is sent; by
        `start` each server begins that `serve:` asks for."""
        key = read_key(model)
        self._sending = sending
        serve, name, urls = (
            model.config.serve,
            model.reference.name,
            [model.reference.url],
        )
        self._servers: list[Served] = []
        if serve is not None:
            self._servers, name = start_servers(serve, model.reference, start)
            urls = [server.url for server in self._servers]
        self._replicas = [Replica(url) for url in (*urls, *model.config.more_urls)]
        self._wire = Wire(model, name, key)
        self._config = model.config
        self._headers = {"Content-Type": "application/json"} | auth_headers(model.singly(), key)
        self._window = Window(model.config.in_flight)
        self._lost_before: set[str] = set()
        """Ids of requests whose answers were lost: the client may ask them again."""
        self._calls: list[_Call] = []
        self._thread: LoopThread | None = None
        self._session: aiohttp.ClientSession | None = None

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer each once, as answers arrive; raises TerminalError when none can succeed."""
        for batch in self.batches(requests):
            yield from batch

    def batches(
        self,
        requests: Iterable[Request],
        answered_before: Callable[[], bool] = lambda: False,
        keep: Callable[[list[Completion]], object] = lambda left: None,
    ) -> Iterator[list[Completion]]:
        """As `complete`, but all answers that are there at once come together.

        Of a Feed it takes what is there, until that has ended.
        Where the model answered before, rejections speak of their rows, not of the server. `keep`
        is given what was under way when the caller left early: the server may charge it.
        """
        with seldom_collected():
            yield from self._batches(requests, answered_before, keep)

    def close(self) -> None:
        """Close the connections, end the thread and the servers that were started."""
        for call in list(self._calls):
            self._leave(call)
        thread, session = self._thread, self._session
        self._thread = self._session = None
        if thread is not None:
            thread.end(session.close() if session else None)
        for server in self._servers:
            server.close()

    def _batches(
        self,
        requests: Iterable[Request],
        answered_before: Callable[[], bool],
        keep: Callable[[list[Completion]], object],
    ) -> Iterator[list[Completion]]:
        arrived: SimpleQueue[list[Completion | BaseException]] = SimpleQueue()
        thread = self._started()
        dispatch = Dispatch(
            self._send,
            arrived.put,
            self._window,
            self._config.attempts,
            self._lost_before,
            answered_before,
        )
        call = _Call(dispatch, arrived, keep)
        self._calls.append(call)
        source = iter(requests)
        if isinstance(source, Feed):
            source.listen(lambda: arrived.put([]))
        at_once = min(_TAKE_AT_ONCE, self._config.in_flight)
        room = 2 * self._config.in_flight - at_once
        under_way, more = 0, True
        try:
            while True:
                taken = at_once
                while more and taken == at_once and under_way <= room:
                    taken = _take(source, at_once, dispatch)
                    under_way += taken
                    more = source.open if isinstance(source, Feed) else taken == at_once
                    thread.soon(dispatch.pump)
                dispatch.more = more  # few may be left: those that failed before
                if not under_way and not more:
                    return
                outcomes = arrived.get()
                answers = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
                under_way -= len(answers)
                if answers:
                    yield answers
                    for answer in answers:
                        dispatch.sent.pop(answer.request.id, None)
                for outcome in outcomes:
                    if isinstance(outcome, BaseException):
                        raise outcome
        finally:
            self._leave(call)

    def _leave(self, call: _Call) -> None:
        """Drop what is under way; hand over what nobody took, and what came to no answer."""
        if call not in self._calls:
            return
        self._calls.remove(call)
        self._started().result(call.dispatch.stop())
        left: list[Completion] = []
        with suppress(Empty):
            while True:
                outcomes = call.arrived.get_nowait()
                left += [outcome for outcome in outcomes if isinstance(outcome, Completion)]
        answered = {outcome.request.id for outcome in left}
        sent = call.dispatch.sent
        left += [dropped(request) for name, request in sent.items() if name not in answered]
        if left:
            call.keep(left)

    def _started(self) -> LoopThread:
        if self._thread is None:
            self._thread = LoopThread()
            self._session = self._thread.result(self._open())
        return self._thread

    async def _open(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(
                total=self._config.timeout_seconds, sock_connect=_CONNECT_SECONDS
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
        )

    async def _send(self, request: Request) -> Completion:
        """One attempt, at the server with the least to do."""
        replica = min(self._replicas, key=Replica.load)
        replica.under_way += 1
        try:
            self._sending(request)
            return await self._ask(replica, request)
        except RetryableError:
            for server in self._servers:
                server.keep_up()
            replica.rest()
            raise
        except TerminalError as exc:
            replica.refused = True
            if all(one.refused for one in self._replicas):
                raise
            raise UnreachableError(f"refused: {replica.url}: {exc}", awaited=True) from exc
        finally:
            replica.under_way -= 1

    async def _ask(self, replica: Replica, request: Request) -> Completion:
        """Send a request, without a field where the server refuses it for that."""
        while True:
            sent = self._wire.fields(request)
            url = replica.completions if is_pre_query(request) else replica.url
            status, headers, body = await self._post(replica, url, json.dumps(sent).encode())
            try:
                return self._wire.read(request, sent, status, headers, body)
            except FieldRefused:
                continue  # it is left out from now on, so this ends

    async def _post(
        self, replica: Replica, url: URL, body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        assert self._session is not None
        try:
            async with self._session.post(
                url,
                data=body,
                allow_redirects=False,
                proxy=replica.proxy,
            ) as response:
                replica.hear()
                return response.status, response.headers, await _read(response.content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
            awaited = any(one.heard_lately() for one in self._replicas)
            why = f"unreachable: {replica.url}: {exc}"
            raise UnreachableError(why, awaited=awaited) from exc
        except TimeoutError as exc:
            limit = self._config.timeout_seconds
            raise LostError(f"timeout: no answer in {limit:g} s", overloaded=True) from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise LostError(_how_lost(exc)) from exc


def _how_lost(problem: Exception) -> str:
    """Why no whole answer arrived, without anything that could hold a key."""
    if isinstance(problem, aiohttp.ClientPayloadError):
        return "truncated: the body ended before the length that its header gave"
    if isinstance(problem, aiohttp.ClientResponseError):
        return "malformed: not HTTP"
    return f"disconnected: {type(problem).__name__}"


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The whole body, however it drips, up to a size that no chat answer has."""
    body = await content.readany()
    if content.at_eof():
        return body
    parts, size = [body], len(body)
    while part := await content.readany():
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER_BYTES:
            raise LostError(f"too_large: an answer of more than {_LARGEST_ANSWER_BYTES} bytes")
    return b"".join(parts)


def _take(source: Iterator[Request], most: int, dispatch: Dispatch) -> int:
    """Move `most` requests to the dispatch, fewer where there are no more; says how many."""
    for count in range(most):
        request = next(source, None)
        if request is None:
            return count
        dispatch.add(request)
    return most
