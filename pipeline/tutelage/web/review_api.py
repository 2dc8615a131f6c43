"""The review page's answers: rows to look through, one row whole, what a person decides."""

import asyncio
import getpass
import hashlib
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from aiohttp import web

from tutelage.core.artifacts import Row
from tutelage.core.errors import InputError, TutelageError
from tutelage.core.labels import LABELS, Label
from tutelage.core.nearest import nearest
from tutelage.core.row_shards import shard_files
from tutelage.provenance.lineage import history_text
from tutelage.provenance.run_folder import RunFolder
from tutelage.web.decision import is_pair, read_label
from tutelage.web.decision_log import DecisionLog
from tutelage.web.review_queue import ReviewQueue
from tutelage.web.row_index import PAGE, RowIndex, Wanted
from tutelage.web.server import read_json
from tutelage.web.shown_row import hides_verdicts, line_of, whole_row


class Review:
    """A run's rows in the browser; decisions go to `labels.jsonl` in the run's folder."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.rater = getpass.getuser()
        self.log = DecisionLog(run.path / LABELS, self.rater)
        self._opening = threading.Lock()
        self._indexes: dict[str, RowIndex] = {}
        self._queues: dict[str, ReviewQueue] = {}
        if not run.of_kind("rows"):
            raise InputError(f"{run.path}: no stage of this run has made rows yet")

    def routes(self) -> list[web.RouteDef]:
        """What the page asks for."""
        return [
            web.get("/api/review", self._overview),
            web.get("/api/rows", self._page),
            web.get("/api/row", self._row),
            web.get("/api/next", self._next),
            web.get("/api/history", self._history),
            web.post("/api/label", self._label),
            web.post("/api/undo", self._undo),
        ]

    @property
    def decided(self) -> int:
        """Decisions of this session, taken back or not."""
        return self.log.decided

    def prepare(self) -> None:
        """Read what the first page needs, while the browser is still opening."""
        with suppress(TutelageError):  # the page will say it
            self._about(self.first_stage())

    def first_stage(self) -> str:
        """Where a look begins: the last filter or judge before the first training, else the last
        stage that rejected some rows."""
        stages = self.run.of_kind("rows")
        learnt = self.run.ancestors(self.run.trained()[0]) if self.run.trained() else set(stages)
        sieved = [name for name in stages if shard_files(self.run.path / name, "rejected")]
        near = [name for name in sieved if name in learnt] or sieved or stages
        judged = [name for name in near if self._judges(name)]
        return (judged or near)[-1]

    def _judges(self, stage: str) -> bool:
        """Whether a stage says of rows whether they are good."""
        use = str(self.run.manifests[stage].get("use", ""))
        return use.partition(":")[2].lower() in ("filter", "judge") or use in ("filter", "judge")

    async def _overview(self, request: web.Request) -> web.Response:
        stage = request.query.get("stage") or self.first_stage()
        return web.json_response(await asyncio.to_thread(self._about, stage))

    def _about(self, stage: str) -> dict[str, Any]:
        index = self._index(stage)
        return {
            "run": self.run.facts.get("recipe", self.run.path.name),
            "stages": self.run.of_kind("rows"),
            "stage": stage,
            "rows": len(index),
            "leaves": index.leaves,
            "reasons": index.reasons,
            "labelled": len(self.log.labels),
            "rater": self.rater,
        }

    async def _page(self, request: web.Request) -> web.Response:
        query = request.query
        stage = query.get("stage") or self.first_stage()
        words = (query.get(name, "") for name in ("leaf", "state", "reason", "text"))
        wanted, number = Wanted(*words), _whole(query.get("page", "0"), "page")
        return web.json_response(await asyncio.to_thread(self._listed, stage, wanted, number))

    def _listed(self, stage: str, wanted: Wanted, number: int) -> dict[str, Any]:
        index, labels = self._index(stage), self.log.labels
        hidden = {place for place, name in self._queue(stage).drawn if self._is_blind(stage, name)}
        found = index.find(wanted)
        if wanted.state or wanted.reason:  # a list of these would tell what became of them
            found = found[~np.isin(found, list(hidden))]
        places = found[number * PAGE : (number + 1) * PAGE].tolist()
        rows = zip(index.rows(places), places, strict=True)
        lines = [
            line_of(row, "" if place in hidden else index.state_at(place), labels.get(row["id"]))
            for row, place in rows
        ]
        left_out = len(hidden) if wanted.state or wanted.reason else 0
        page = {"total": len(found), "left_out": left_out, "page": number, "size": PAGE}
        return page | {"rows": lines}

    def _is_blind(self, stage: str, name: str) -> bool:
        """Whether a row was drawn at random and its verdicts must not show yet."""
        waits = name not in self.log.labels and not self.log.has_seen(name)
        return waits and self._queue(stage).is_drawn(name)

    async def _row(self, request: web.Request) -> web.Response:
        stage = request.query.get("stage") or self.first_stage()
        name = request.query.get("id", "")
        return web.json_response(await asyncio.to_thread(self._whole, stage, name))

    def _whole(self, stage: str, name: str) -> dict[str, Any]:
        """One row as it is decided on; that its verdicts are shown is noted before they are."""
        row, label = self._find(stage, name), self.log.labels.get(name)
        blind = not is_pair(row) and self._is_blind(stage, name)
        if not is_pair(row) and not blind:
            self.log.note_seen(name)
        return whole_row(row, label, self.rater, blind=blind)

    async def _history(self, request: web.Request) -> web.Response:
        stage = request.query.get("stage") or self.first_stage()
        name = request.query.get("id", "")
        return web.json_response({"text": await asyncio.to_thread(self._history_of, stage, name)})

    def _history_of(self, stage: str, name: str) -> str:
        """What a row was made from; raises InputError where that would tell its verdicts."""
        row, label = self._find(stage, name), self.log.labels.get(name)
        blind = not is_pair(row) and self._is_blind(stage, name)
        if hides_verdicts(row, label, blind=blind):
            raise InputError("decide first: the history shows what filters and judges said")
        return history_text(self.run, name)

    async def _next(self, request: web.Request) -> web.Response:
        """The next row to decide on, first the random blind ones, then where verdicts differ."""
        stage = request.query.get("stage") or self.first_stage()
        decided, after = set(self.log.labels), request.query.get("after")
        found = await asyncio.to_thread(lambda: self._queue(stage).next(decided, after))
        if found is None:
            return web.json_response({"id": None, "done": len(decided)})
        return web.json_response({"id": found.id, "why": found.why, "left": found.left})

    async def _label(self, request: web.Request) -> web.Response:
        label = await asyncio.to_thread(self._decide, await read_json(request))
        return web.json_response({"id": label.id, "labelled": len(self.log.labels)})

    def _decide(self, data: Mapping[str, Any]) -> Label:
        """Keep a decision: it is on disk when this returns."""
        stage, name = str(data.get("stage") or self.first_stage()), str(data.get("row"))
        row = self._find(stage, name)
        blind = is_pair(row) or self._stays_blind(stage, name, data)
        label = read_label(data, row, self.rater, blind=blind, stage=stage)
        self.log.add(label)
        return label

    def _stays_blind(self, stage: str, name: str, data: Mapping[str, Any]) -> bool:
        """Whether verdicts had no part in a decision: none was shown, or it was made before, and
        only a note or the wording changes now."""
        before = self.log.labels.get(name)
        if self._queue(stage).is_drawn(name) and not self.log.has_seen(name):
            return True
        same = before and (before.verdict, before.grade) == (data.get("verdict"), data.get("grade"))
        return bool(before and same and before.blind and before.rater == self.rater)

    async def _undo(self, request: web.Request) -> web.Response:
        """Take back the last decision on a stage's rows, also one made before a reload."""
        stage = str((await read_json(request)).get("stage") or self.first_stage())
        label = await asyncio.to_thread(self.log.undo_last, stage)
        return web.json_response({"row": label.row, "labelled": len(self.log.labels)})

    def _index(self, stage: str) -> RowIndex:
        if stage not in self.run.of_kind("rows"):
            raise InputError(f"no stage '{stage}'{nearest(stage, self.run.of_kind('rows'))}")
        with self._opening:  # two requests at once read it once
            if stage not in self._indexes:
                self._indexes[stage] = RowIndex(self.run.path / stage)
            return self._indexes[stage]

    def _queue(self, stage: str) -> ReviewQueue:
        if stage not in self._queues:
            seed = int(hashlib.sha256(stage.encode()).hexdigest()[:8], 16)
            self._queues[stage] = ReviewQueue(self._index(stage), seed)
        return self._queues[stage]

    def _find(self, stage: str, row_id: str) -> Row:
        index = self._index(stage)
        place = index.place(row_id)
        if place is None:
            raise InputError(f"stage '{stage}' has no row '{row_id}'")
        return index.rows([place])[0]


def _whole(text: str, name: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{name}: '{text}' is no whole number")
    return int(text)
