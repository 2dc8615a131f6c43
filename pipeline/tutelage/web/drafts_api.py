"""The drafts page's answers: what a model drafted for a taxonomy, and what a person decides."""

import asyncio
import getpass
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from tutelage.authoring.drafts.draft_decisions import DraftDecisions
from tutelage.core.errors import InputError
from tutelage.taxonomy.load import for_documents
from tutelage.web.server import Say, page, read_json, serve


class Drafts:
    """A taxonomy's drafts in the browser; what is decided goes into its files at once."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError where there is no taxonomy, or no draft in it."""
        self.folder = folder
        self._decisions = DraftDecisions(folder, getpass.getuser())
        self._lock = asyncio.Lock()
        if not self._decisions.drafts():
            hint = for_documents(folder) or (
                "; `tutelage init` and `tutelage exam` with a teacher draft examples"
            )
            raise InputError(f"{folder}: holds neither a run nor drafts to approve{hint}")

    def routes(self) -> list[web.RouteDef]:
        """What the page asks for."""
        return [
            web.get("/api/drafts", self._list),
            web.post("/api/draft", self._decide),
            web.post("/api/draft-undo", self._undo),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        found = await asyncio.to_thread(self._decisions.drafts)
        waiting = Counter(one.leaf for one in found if one.example["origin"] == "drafted")
        return web.json_response(
            {
                "taxonomy": self.folder.resolve().name,
                "rater": self._decisions.rater,
                "waiting": dict(waiting),
                "drafts": [one.to_json() for one in found],
            }
        )

    async def _decide(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        verdict = data.get("verdict")
        if verdict not in ("accept", "reject", "edit"):
            raise InputError(f"verdict {verdict!r}: accept, reject or edit")
        edit = _edit(data.get("edit")) if verdict == "edit" else None
        name, seconds = str(data.get("id")), data.get("seconds") or 0
        if not isinstance(seconds, int | float):
            raise InputError(f"seconds {seconds!r}: no number")
        async with self._lock:
            label = await asyncio.to_thread(self._decisions.decide, name, verdict, seconds, edit)
        return web.json_response({"label": label.id})

    async def _undo(self, request: web.Request) -> web.Response:
        async with self._lock:
            await asyncio.to_thread(self._decisions.undo)
        return web.json_response({})


def serve_drafts(folder: Path, port: int, say: Say, *, show: bool) -> None:
    """Serve the drafts page of a taxonomy until interrupted."""
    drafts = Drafts(folder)
    serve([*drafts.routes(), web.get("/drafts", page("drafts"))], "drafts", port, say, show=show)


def _edit(given: Any) -> dict[str, Any]:
    """What an edit may change: texts, and the list of accepted answers."""
    if not isinstance(given, Mapping):
        raise InputError("an edit needs the new texts")
    edit: dict[str, Any] = {
        name: str(given[name]).strip() for name in ("question", "answer") if given.get(name)
    }
    if isinstance(given.get("accept"), list):
        edit["accept"] = [str(text).strip() for text in given["accept"] if str(text).strip()]
    return edit
