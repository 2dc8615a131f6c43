"""The local server: bound to this machine, a random token, only this page's own requests.

Nothing is loaded from elsewhere: a content security policy forbids it, and pages are static files.
"""

import asyncio
import json
import secrets
import socket
import webbrowser
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tutelage.core.errors import InputError, TutelageError

STATIC = Path(__file__).with_name("static")
_HOST = "127.0.0.1"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Say = Callable[[str], None]


class PageGuard:
    """Lets through what this server's own page asks, in the browser that was given the token."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self.cookie = f"tutelage_{port}"
        self.hosts = {f"{_HOST}:{port}", f"localhost:{port}"}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other hosts (DNS rebinding), other origins and whoever has no token."""
        if request.host not in self.hosts:
            raise web.HTTPForbidden(text="asked under another name than this machine's own")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc not in self.hosts:
            raise web.HTTPForbidden(text="asked by another page")
        if self._is_token(request.query.get("token", "")):
            found = web.HTTPFound(request.path)
            found.set_cookie(self.cookie, self.token, httponly=True, samesite="Strict")
            raise found
        if not self._is_token(request.cookies.get(self.cookie, "")):
            raise web.HTTPForbidden(text="open the address that the command printed")
        answer = await handler(request)
        answer.headers.update(_HEADERS)
        return answer

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(errors="replace"), self.token.encode())


def page(name: str) -> Handler:
    """A handler that shows one of the shipped pages."""

    async def show(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / f"{name}.html")

    return show


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What a user can mend reaches the page as one line; so does what a disk refuses."""
    try:
        return await handler(request)
    except InputError as exc:
        return web.json_response({"error": str(exc)}, status=400)
    except (TutelageError, OSError) as exc:
        return web.json_response({"error": str(exc)}, status=500)


async def read_json(request: web.Request) -> dict[str, Any]:
    """What a page sent; raises InputError where it is no JSON object.

    Half of a pair of code units, which no file can hold, becomes a question mark.
    """
    try:
        data = await request.json()
        if "\\ud" in (await request.text()).lower():
            data = json.loads(json.dumps(data, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError) as exc:
        raise InputError(f"not JSON: {exc}") from exc
    if not isinstance(data, dict):
        raise InputError("a JSON object is wanted")
    return data


def serve(routes: Iterable[web.RouteDef], opened: str, port: int, say: Say, *, show: bool) -> None:
    """Serve until interrupted; `opened` is the page whose address is said, and shown in a browser.

    Port 0 takes a free one. Raises InputError for a port that is taken.
    """
    listening = socket.socket()
    try:
        listening.bind((_HOST, port))
        listening.listen()  # whoever reads the address may ask at once
    except OSError as exc:
        raise InputError(f"--port {port}: {exc.strerror}; name another, or 0 for any") from exc
    port = int(listening.getsockname()[1])
    guard = PageGuard(port)
    app = web.Application(middlewares=[guard.middleware, errors_as_json], client_max_size=4 << 20)
    app.add_routes([*routes, web.static("/static", STATIC)])
    address = f"http://{_HOST}:{port}/{opened}?token={guard.token}"
    say(f"{address}\nCtrl-C ends it; what was decided is on disk.")

    async def open_browser(app: web.Application) -> None:
        if show:
            await asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)

    app.on_startup.append(open_browser)
    web.run_app(app, sock=listening, print=None, access_log=None)
