"""An OpenAI-compatible API over one local model: chat completions and the list of models."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tutelage.core.nearest import nearest
from tutelage.models.chat import Completion
from tutelage.web.bad_call import BadCall
from tutelage.web.model_worker import ModelWorker, QueueFull
from tutelage.web.openai_reply import chunks, error_body, whole_reply
from tutelage.web.openai_request import ChatCall, read_call
from tutelage.web.server import Handler

_INVALID = "invalid_request_error"
_BODY_BYTES = 4 << 20
_DEFAULT_TOKENS = 512
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in."""

    token: str = ""
    """Asked of everyone as `Authorization: Bearer`; empty for none."""
    local_only: bool = True
    """Whether requests must name this machine as their host."""


class OpenAiApi:
    """Answers under /v1 for one model, by the name that it is served under."""

    def __init__(
        self, worker: ModelWorker, model: str, access: Access, most_tokens: int, window: int | None
    ) -> None:
        self._worker = worker
        self._model = model
        self._access = access
        self._most_tokens = most_tokens
        self._window = window
        self._since = int(time.time())

    def app(self) -> web.Application:
        """The application, with errors in OpenAI's form."""
        app = web.Application(middlewares=[self._errors, self._guard], client_max_size=_BODY_BYTES)
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/v1/models", self._models),
                web.get("/v1/models/{name:.+}", self._one_model),
                web.post("/v1/chat/completions", self._chat),
            ]
        )
        return app

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [self._entry()]})

    async def _one_model(self, request: web.Request) -> web.Response:
        self._check_model(request.match_info["name"])
        return web.json_response(self._entry())

    def _entry(self) -> dict[str, Any]:
        entry = {"id": self._model, "object": "model", "created": self._since}
        entry |= {"owned_by": "tutelage"}
        return entry | ({"max_model_len": self._window} if self._window else {})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
        except ValueError as exc:
            raise BadCall(f"the body is no JSON: {exc}") from exc
        call = read_call(body, min(_DEFAULT_TOKENS, self._most_tokens), self._most_tokens)
        self._check_model(call.model)
        answers = await self._answers(call)
        name = f"chatcmpl-{secrets.token_hex(12)}"
        if not call.stream:
            return web.json_response(whole_reply(name, self._model, answers))
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        stream = web.StreamResponse(headers=headers)
        await stream.prepare(request)
        for part in chunks(name, self._model, answers, include_usage=call.include_usage):
            await stream.write(part)
        await stream.write_eof()
        return stream

    async def _answers(self, call: ChatCall) -> list[Completion]:
        """All answers of a call; raises BadCall where the model refuses its prompt."""
        answers = await asyncio.gather(*map(self._worker.answer, call.requests))
        for one in answers:
            if one.finish_reason == "failed":
                kind, _, why = (one.error or "no answer").partition(": ")
                if kind == "rejected":
                    raise BadCall(f"{why}: too long", "messages", "context_length_exceeded")
                raise RuntimeError(one.error)
        return answers

    def _check_model(self, name: str) -> None:
        if name != self._model:
            hint = nearest(name, [self._model])
            raise web.HTTPNotFound(reason=f"no model '{name}' here{hint}")

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other hosts (DNS rebinding), pages of other origins, and whoever has no token."""
        if self._access.local_only and _name(f"//{request.host}") not in _LOCAL:
            raise web.HTTPForbidden(reason="asked under another name than this machine's own")
        origin = request.headers.get("Origin")
        if origin is not None and _name(origin) not in _LOCAL:
            raise web.HTTPForbidden(reason="asked by a page of another origin")
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if self._access.token and not secrets.compare_digest(sent, self._access.token.encode()):
            raise web.HTTPUnauthorized(reason="the token is wrong or missing")
        return await handler(request)

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except BadCall as exc:
            body = error_body(str(exc), _INVALID, param=exc.param, code=exc.code)
            return web.json_response(body, status=400)
        except QueueFull:
            body = error_body(
                "too many requests wait; try again", "rate_limit_error", code="rate_limit_exceeded"
            )
            return web.json_response(body, status=429, headers={"Retry-After": "1"})
        except web.HTTPException as exc:
            code = {401: "invalid_api_key", 404: "not_found"}.get(exc.status)
            body = error_body(exc.reason, _INVALID, code=code)
            return web.json_response(body, status=exc.status)
        except Exception as exc:  # a client must hear of it in a form that it reads
            body = error_body(f"{type(exc).__name__}: {exc}", "server_error")
            return web.json_response(body, status=500)


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
