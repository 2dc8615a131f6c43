"""The review page's answers: rows to look through, one row whole, what a person decides."""

import asyncio
import getpass
import hashlib
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.errors import InputError, TutelageError
from tutelage.core.labels import LABELS, Label, add_label, read_labels, undo_label
from tutelage.core.nearest import nearest
from tutelage.core.row_shards import shard_files
from tutelage.provenance.run_folder import RunFolder
from tutelage.web.decision import answer_of_side, is_pair, read_label, sides
from tutelage.web.review_queue import ReviewQueue
from tutelage.web.row_index import PAGE, RowIndex, Wanted
from tutelage.web.server import read_json

_EXCERPT = 160
"""Letters of a question or an answer in a list."""


class Review:
    """A run's rows in the browser; decisions go to `labels.jsonl` in the run's folder."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.file = run.path / LABELS
        self.labels = {label.row: label for label in read_labels(self.file)}
        self.decided = 0
        """Decisions of this session, taken back or not."""
        self._in_sight: set[str] = set()
        """Rows whose verdicts this session has shown: a decision on one is not blind."""
        self._opening = threading.Lock()
        self._indexes: dict[str, RowIndex] = {}
        self._queues: dict[str, ReviewQueue] = {}
        self.rater = getpass.getuser()
        if not run.of_kind("rows"):
            raise InputError(f"{run.path}: no stage of this run has made rows yet")

    def routes(self) -> list[web.RouteDef]:
        """What the page asks for."""
        return [
            web.get("/api/review", self._overview),
            web.get("/api/rows", self._page),
            web.get("/api/row", self._row),
            web.get("/api/next", self._next),
            web.post("/api/label", self._label),
            web.post("/api/undo", self._undo),
        ]

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
            "labelled": len(self.labels),
            "rater": self.rater,
        }

    async def _page(self, request: web.Request) -> web.Response:
        query = request.query
        stage = query.get("stage") or self.first_stage()
        words = (query.get(name, "") for name in ("leaf", "state", "reason", "text"))
        wanted, number = Wanted(*words), _whole(query.get("page", "0"), "page")
        return web.json_response(await asyncio.to_thread(self._listed, stage, wanted, number))

    def _listed(self, stage: str, wanted: Wanted, number: int) -> dict[str, Any]:
        index = self._index(stage)
        found = index.find(wanted)
        places = found[number * PAGE : (number + 1) * PAGE].tolist()
        rows = index.rows(places)
        drawn = self._queue(stage).is_drawn
        lines = [
            self._line(row, "" if drawn(row["id"]) else index.state_at(p))
            for row, p in zip(rows, places, strict=True)
        ]
        return {"total": len(found), "page": number, "size": PAGE, "rows": lines}

    def _line(self, row: Row, state: str) -> dict[str, Any]:
        """A row of the list, without `state` where it is to be decided on blindly, and without what
        the run chose of a pair."""
        label = self.labels.get(row["id"])
        return {
            "id": row["id"],
            "leaf": row["leaf"],
            "state": state,
            "question": question_of(row)[:_EXCERPT],
            "answer": "" if is_pair(row) and not label else answer_of(row)[:_EXCERPT],
            "verdict": label.verdict if label else None,
        }

    async def _row(self, request: web.Request) -> web.Response:
        stage = request.query.get("stage") or self.first_stage()
        name, blind = request.query.get("id", ""), request.query.get("blind") == "1"
        return web.json_response(await asyncio.to_thread(self._whole, stage, name, blind))

    def _whole(self, stage: str, name: str, blind: bool) -> dict[str, Any]:
        """One row as it is decided on; `blind` without what filters and judges said of it."""
        row = self._find(stage, name)
        shown = {
            name: row.get(name) for name in ("id", "leaf", "context", "attributes", "headings")
        }
        shown |= {"question": question_of(row), "blind": blind}
        label = self.labels.get(row["id"])
        shown["label"] = _shown(label) if label else None
        if is_pair(row):
            left, right = sides(row, self.rater)
            shown |= {"left": left, "right": right}
            if label:  # only then, what the run chose
                shown["run_chose"] = "left" if left == answer_of_side(row["chosen"]) else "right"
        else:
            shown |= {"answer": answer_of(row), "reasoning": row.get("reasoning")}
        if blind:
            return shown
        if not is_pair(row):
            self._in_sight.add(row["id"])
        history = {"parents": row.get("parents") or [], "trace": row.get("trace") or {}}
        verdicts = [] if is_pair(row) and not label else row.get("verdicts") or []
        return shown | {"reason": row.get("reason"), "verdicts": verdicts} | history

    async def _next(self, request: web.Request) -> web.Response:
        """The next row to decide on, first the random blind ones, then where verdicts differ."""
        stage = request.query.get("stage") or self.first_stage()
        decided, after = set(self.labels), request.query.get("after")
        found = await asyncio.to_thread(lambda: self._queue(stage).next(decided, after))
        if found is None:
            return web.json_response({"id": None, "done": len(self.labels)})
        return web.json_response(
            {"id": found.id, "blind": found.blind, "why": found.why, "left": found.left}
        )

    async def _label(self, request: web.Request) -> web.Response:
        label = await asyncio.to_thread(self._decide, await read_json(request))
        return web.json_response({"id": label.id, "labelled": len(self.labels)})

    def _decide(self, data: Mapping[str, Any]) -> Label:
        """Keep a decision: it is on disk when this returns."""
        stage, name = str(data.get("stage") or self.first_stage()), str(data.get("row"))
        row = self._find(stage, name)
        unseen = row["id"] not in self._in_sight
        blind = unseen and (is_pair(row) or self._queue(stage).is_drawn(row["id"]))
        label = read_label(data, row, self.rater, blind=blind, stage=stage)
        add_label(self.file, label)
        self.labels[label.row] = label
        self.decided += 1
        return label

    async def _undo(self, request: web.Request) -> web.Response:
        """Take a label back, by its id."""
        data = await read_json(request)
        await asyncio.to_thread(self._take_back, str(data.get("id")))
        return web.json_response({"labelled": len(self.labels)})

    def _take_back(self, name: str) -> None:
        undo_label(self.file, name)
        self.labels = {label.row: label for label in read_labels(self.file)}
        self.decided += 1

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


def _shown(label: Label) -> dict[str, Any]:
    names = ("id", "verdict", "grade", "edit", "note", "rater", "time")
    return {name: getattr(label, name) for name in names}


def _whole(text: str, name: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{name}: '{text}' is no whole number")
    return int(text)


def review_of(folder: Path) -> Review:
    """The review of a run's folder."""
    return Review(RunFolder.load(folder))
