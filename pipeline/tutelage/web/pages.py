"""A run's pages together: whichever is opened first, the others are a click away."""

import threading
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tutelage.core.errors import InputError
from tutelage.provenance.run_folder import RunFolder
from tutelage.web.after_review import after_review
from tutelage.web.chat_api import Chat
from tutelage.web.review_api import Review
from tutelage.web.server import Handler, page, serve
from tutelage.web.watch_api import Forecast, Watch

PAGES = ("review", "watch", "chat")


def open_pages(
    folder: Path,
    opened: str,
    models: list[str],
    port: int,
    say: Callable[[str], None],
    *,
    show: bool,
    forecast: Forecast | None = None,
) -> list[str]:
    """Serve the pages of a run's folder until interrupted, `opened` first.

    `forecast` says what a run that goes on is still expected to do (`Watch`). Returns what there is
    to say of people's decisions afterwards, by which the report is written.
    Raises InputError where that page has nothing to show; the others then say so themselves.
    """
    parts: dict[str, Review | Chat | Watch] = {"watch": Watch(folder, forecast)}
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
    if opened == "review" and isinstance(review := parts["review"], Review):
        threading.Thread(target=review.prepare, daemon=True).start()
    try:
        serve(routes, opened, port, say, show=show)
    finally:
        if isinstance(chat := parts.get("chat"), Chat):
            chat.close()
    decided = any(part.decided for part in parts.values() if isinstance(part, Review | Chat))
    return after_review(folder) if decided else []


def _said(text: str) -> Handler:
    async def show(request: web.Request) -> web.StreamResponse:
        return web.Response(text=text)

    return show
