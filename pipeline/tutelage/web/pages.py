"""A run's pages together: whichever is opened first, the others are a click away."""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tutelage.core.errors import InputError
from tutelage.provenance.run_folder import RunFolder
from tutelage.web.chat_api import Chat
from tutelage.web.review_api import Review
from tutelage.web.server import Handler, page, serve
from tutelage.web.watch_api import Watch

PAGES = ("review", "watch", "chat")


def open_pages(
    folder: Path,
    opened: str,
    models: list[str],
    port: int,
    say: Callable[[str], None],
    *,
    show: bool,
) -> None:
    """Serve the pages of a run's folder until interrupted, `opened` first.

    Raises InputError where that page has nothing to show; the others then say so themselves.
    """
    parts: dict[str, Review | Chat | Watch] = {"watch": Watch(folder)}
    problems: dict[str, str] = {}
    for name, make in (
        ("review", lambda: Review(RunFolder.load(folder))),
        ("chat", lambda: Chat(RunFolder.load(folder), models)),
    ):
        try:
            parts[name] = make()
        except InputError as exc:
            if name == opened:
                raise
            problems[name] = str(exc)
    routes = [route for part in parts.values() for route in part.routes()]
    routes += [web.get(f"/{name}", page(name)) for name in parts]
    routes += [web.get(f"/{name}", _said(text)) for name, text in problems.items()]
    try:
        serve(routes, opened, port, say, show=show)
    finally:
        if isinstance(chat := parts.get("chat"), Chat):
            chat.close()


def _said(text: str) -> Handler:
    async def show(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text)

    return show
