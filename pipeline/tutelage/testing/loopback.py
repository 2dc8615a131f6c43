"""A chat server on loopback that answers as set: fast, late, wrong or not at all.

For tests and benchmarks. Run as a program it prints its URL, answers the same text to everything
after a delay, and ends with its parent:
`python -m tutelage.testing.loopback --delay 0.05 --refuse 0.05 --break 0.02`.
"""

import argparse
import asyncio
import itertools
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self, cast


@dataclass(frozen=True, slots=True)
class Reply:
    """One response. `length` may lie; `drip` sends single bytes; `hang_up` closes at the end."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    length: int | None = None
    drip: bool = False
    hang_up: bool = False
    silent: bool = False
    """Close without a word."""

    def head(self) -> bytes:
        """Status line and headers."""
        length = len(self.body) if self.length is None else self.length
        lines = [f"HTTP/1.1 {self.status} X", "Content-Type: application/json"]
        lines += [
            f"Content-Length: {length}",
            *(f"{k}: {v}" for k, v in self.headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


Answer = Callable[[dict[str, Any]], Reply]
"""From the request's JSON body to the reply."""


def chat_reply(text: str, reason: str = "stop", **more: Any) -> Reply:
    """A well-formed chat completion; `usage=None` leaves the usage out."""
    usage = {"prompt_tokens": 7, "completion_tokens": len(text.split())}
    message = {"role": "assistant", "content": text}
    data = {
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage,
    }
    data = {key: value for key, value in (data | more).items() if value is not None}
    return Reply(json.dumps(data).encode())


def failed(status: int, words: str, code: str = "", **headers: str) -> Reply:
    """An error in the shape that such servers give it."""
    error = {"message": words, "code": code, "type": code}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(json.dumps({"error": error}).encode(), status, names)


def question(body: dict[str, Any]) -> str:
    """The last turn of a request."""
    return str(body["messages"][-1]["content"])


def echo(body: dict[str, Any]) -> Reply:
    """The request's last turn, said back."""
    return chat_reply(question(body))


class Loopback:
    """The server in a thread of its own: `with Loopback(answer) as server: server.url`."""

    def __init__(
        self, answer: Answer = lambda body: chat_reply(question(body)), port: int = 0
    ) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []
        """Bodies of all requests, in order of arrival."""
        self.headers: list[str] = []
        self.most_at_once = 0
        self.at_once = 0
        self.connections = 0
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._open: set[asyncio.Transport] = set()

    @property
    def url(self) -> str:
        """The base URL, as in a model reference."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    def questions(self) -> Counter[str]:
        """How often each question was asked."""
        return Counter(map(question, self.asked))

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait(10)
        return self

    def __exit__(self, *problem: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self._port)
        )
        self._port = server.sockets[0].getsockname()[1]
        self._up.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._hang_up())
        self._loop.close()

    async def _hang_up(self) -> None:
        """Close every connection, those too that are just being accepted."""
        for _ in range(20):
            for transport in list(self._open):
                transport.abort()
            await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One client connection; requests on it come one after another."""

    def __init__(self, server: Loopback) -> None:
        self._server = server
        self._data = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it
        self._server.connections += 1
        self._server._open.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._data[:end].decode("latin-1")
        length = int(head.lower().partition("content-length:")[2].partition("\r\n")[0] or 0)
        if len(self._data) < end + 4 + length:
            return
        body = bytes(self._data[end + 4 : end + 4 + length])
        del self._data[: end + 4 + length]
        self._respond(head, json.loads(body) if body else {})

    def _respond(self, head: str, body: dict[str, Any]) -> None:
        server = self._server
        server.headers.append(head)
        server.asked.append(body)
        server.at_once += 1
        server.most_at_once = max(server.most_at_once, server.at_once)
        reply = server.answer(body)
        if reply.delay_seconds:
            asyncio.get_running_loop().call_later(reply.delay_seconds, self._send, reply)
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self._server.at_once -= 1
        if self._transport.is_closing():
            return
        if reply.silent:
            self._transport.close()
        elif reply.drip:
            self._transport.write(reply.head())
            self._drip(iter(reply.body), reply.hang_up)
        else:
            self._transport.write(reply.head() + reply.body)
            if reply.hang_up:
                self._transport.close()

    def _drip(self, rest: Any, hang_up: bool) -> None:
        for byte in itertools.islice(rest, 1):
            self._transport.write(bytes([byte]))
            asyncio.get_running_loop().call_later(0.001, self._drip, rest, hang_up)
            return
        if hang_up:
            self._transport.close()


def main() -> None:
    """Serve until the parent process is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.05, help="seconds before an answer")
    parser.add_argument("--refuse", type=float, default=0.0, help="share answered with 429")
    parser.add_argument("--break", type=float, default=0.0, dest="fail", help="share with 500")
    _run(_program(parser.parse_args(), os.getppid()))


async def _program(options: argparse.Namespace, parent: int) -> None:
    """Serve; a request without a body is answered with what was seen since the last such."""
    chance = random.Random(1)
    fine = Reply(chat_reply("ok " * 40).body, delay_seconds=options.delay)
    refused = failed(429, "slow down")
    broken = Reply(failed(500, "oops").body, 500, delay_seconds=options.delay)
    times: list[float] = []

    def answer(body: dict[str, Any]) -> Reply:
        if not body and not times:
            return failed(404, "nothing was asked")
        if not body:
            seen = {"first": times[0], "last": times[-1], "count": len(times)}
            times.clear()
            return Reply(json.dumps(seen).encode())
        times.append(time.time())
        draw = chance.random()
        if draw < options.refuse:
            return refused
        return broken if draw < options.refuse + options.fail else fine

    server = Loopback(answer)
    server.asked = server.headers = _Forgetful()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: _Connection(server), "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", flush=True)
    while os.getppid() == parent:
        await asyncio.sleep(1)


def _run(program: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(program)
    else:
        uvloop.run(program)


class _Forgetful(list[Any]):
    """A list that keeps nothing, for runs of any length."""

    def append(self, item: Any) -> None:
        """Forget."""


if __name__ == "__main__":
    main()
