"""The review page's answers: rows to look through, one row whole, what a person decides."""

import asyncio
import getpass
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.errors import InputError
from tutelage.core.labels import LABELS, Label, add_label, content_digest, read_labels, undo_label
from tutelage.core.nearest import nearest
from tutelage.core.row_shards import shard_files
from tutelage.provenance.run_folder import RunFolder
from tutelage.web.review_queue import ReviewQueue
from tutelage.web.row_index import PAGE, RowIndex, Wanted

_EXCERPT = 160
"""Letters of a question or an answer in a list."""


class Review:
    """A run's rows in the browser; decisions go to `labels.jsonl` in the run's folder."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.file = run.path / LABELS
        self.labels = {label.row: label for label in read_labels(self.file)}
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

    def first_stage(self) -> str:
        """Where a look begins: the last stage before the first training that rejected some rows."""
        stages = self.run.of_kind("rows")
        learnt = self.run.ancestors(self.run.trained()[0]) if self.run.trained() else set(stages)
        sieved = [name for name in stages if shard_files(self.run.path / name, "rejected")]
        near = [name for name in sieved if name in learnt] or sieved or stages
        return near[-1]

    async def _overview(self, request: web.Request) -> web.Response:
        stage = request.query.get("stage") or self.first_stage()
        index = self._index(stage)
        return web.json_response(
            {
                "run": self.run.facts.get("recipe", self.run.path.name),
                "stages": self.run.of_kind("rows"),
                "stage": stage,
                "rows": len(index),
                "leaves": index.leaves,
                "reasons": index.reasons,
                "labelled": len(self.labels),
                "rater": self.rater,
            }
        )

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
        lines = [self._line(row, index.state_at(p)) for row, p in zip(rows, places, strict=True)]
        return {"total": len(found), "page": number, "size": PAGE, "rows": lines}

    def _line(self, row: Row, state: str) -> dict[str, Any]:
        label = self.labels.get(row["id"])
        return {
            "id": row["id"],
            "leaf": row["leaf"],
            "state": state,
            "question": question_of(row)[:_EXCERPT],
            "answer": answer_of(row)[:_EXCERPT],
            "verdict": label.verdict if label else None,
        }

    async def _row(self, request: web.Request) -> web.Response:
        stage = request.query.get("stage") or self.first_stage()
        row = self._find(stage, request.query.get("id", ""))
        blind = request.query.get("blind") == "1"
        return web.json_response(await asyncio.to_thread(self._whole, row, blind))

    def _whole(self, row: Row, blind: bool) -> dict[str, Any]:
        """One row as it is decided on; `blind` without what filters and judges said of it."""
        shown = {
            name: row.get(name) for name in ("id", "leaf", "context", "attributes", "headings")
        }
        shown |= {"question": question_of(row), "answer": answer_of(row), "blind": blind}
        shown |= {name: row[name] for name in ("chosen", "rejected", "reasoning") if row.get(name)}
        label = self.labels.get(row["id"])
        shown["label"] = _shown(label) if label else None
        if blind:
            return shown
        history = {"parents": row.get("parents") or [], "trace": row.get("trace") or {}}
        said = {"reason": row.get("reason"), "verdicts": row.get("verdicts") or []}
        return shown | said | history

    async def _next(self, request: web.Request) -> web.Response:
        """The next row to decide on, first the random blind ones, then where verdicts differ."""
        stage = request.query.get("stage") or self.first_stage()
        queue = self._queue(stage)
        found = await asyncio.to_thread(queue.next, set(self.labels), request.query.get("after"))
        if found is None:
            return web.json_response({"id": None, "done": len(self.labels)})
        return web.json_response(
            {"id": found.id, "blind": found.blind, "why": found.why, "left": found.left}
        )

    async def _label(self, request: web.Request) -> web.Response:
        data = await request.json()
        row = self._find(str(data.get("stage") or self.first_stage()), str(data.get("row")))
        label = _read_label(data, row, self.rater)
        await asyncio.to_thread(add_label, self.file, label)
        self.labels[label.row] = label
        return web.json_response({"id": label.id, "labelled": len(self.labels)})

    async def _undo(self, request: web.Request) -> web.Response:
        """Take a label back, by its id."""
        data = await request.json()
        await asyncio.to_thread(undo_label, self.file, str(data.get("id")))
        self.labels = {label.row: label for label in read_labels(self.file)}
        return web.json_response({"labelled": len(self.labels)})

    def _index(self, stage: str) -> RowIndex:
        if stage not in self.run.of_kind("rows"):
            raise InputError(f"no stage '{stage}'{nearest(stage, self.run.of_kind('rows'))}")
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


def _read_label(data: Mapping[str, Any], row: Row, rater: str) -> Label:
    """A decision as the page sends it; raises InputError where it is none."""
    verdict, grade = data.get("verdict"), data.get("grade")
    edit = str(data.get("edit") or "").strip() or None
    if verdict not in ("accept", "reject", "edit"):
        raise InputError(f"verdict {verdict!r}: accept, reject or edit")
    if verdict == "edit" and edit is None:
        raise InputError("an edit needs the new answer")
    if grade is not None and grade not in range(1, 6):
        raise InputError(f"grade {grade!r}: a whole number from 1 to 5")
    return Label(
        row=row["id"],
        content=content_digest(row),
        verdict=verdict,
        rater=rater,
        seconds=round(max(0.0, float(data.get("seconds") or 0)), 1),
        grade=grade,
        edit=edit,
        note=str(data.get("note") or "").strip() or None,
        blind=bool(data.get("blind")),
        question=question_of(row),
        answer=answer_of(row),
        context=row.get("context"),
        leaf=row["leaf"],
    )


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
