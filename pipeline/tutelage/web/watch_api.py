"""The watch page's answers: how far a run is, what it kept and spent, how its training goes."""

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Collection
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web

from tutelage.accounting.ledger import Usage
from tutelage.accounting.prices import price
from tutelage.core.artifacts import answer_of, question_of
from tutelage.core.errors import InputError, TutelageError
from tutelage.core.row_shards import holds_rows
from tutelage.core.store import MANIFEST
from tutelage.runtime.live_progress import PROGRESS
from tutelage.training.training_log import LOG, lines_from
from tutelage.web.row_index import RowIndex

Forecast = Callable[[dict[str, Any], Path], dict[str, Any]]
"""Of a run's progress and its store, what each stage that is left is expected to do."""
_STALE_SECONDS = 120
_NEWEST = 6
_CURVES = ("loss", "eval_loss", "rewards/margins", "reward")
_MOST_POINTS = 400


class Watch:
    """A run's folder, read anew each time: the run may be going on, be over or have been killed."""

    def __init__(self, folder: Path, forecast: Forecast | None = None) -> None:
        """`forecast` says what stages are still expected to do; it is asked once, in a thread."""
        self.folder = folder
        self._forecast = forecast
        self._expected: dict[str, Any] | None = None
        self._problem = ""
        if not folder.is_dir():
            raise InputError(f"{folder}: no run there yet; give the folder or the name of a run")

    def routes(self) -> list[web.RouteDef]:
        """What the page asks for."""
        return [web.get("/api/watch", self._state)]

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self.state))

    def state(self) -> dict[str, Any]:
        """How far the run is, all in one."""
        progress = _json(self.folder / PROGRESS)
        rate = progress.get("machine_usd_per_hour")
        stages = [self._stage(name, rate) for name in progress.get("stages", self._finished())]
        made = [stage for stage in stages if stage["made"]]
        working = _working(progress, {stage["name"] for stage in made}, rate)
        self._look_ahead(progress)
        return {
            "expected": self._expected,
            "expected_problem": self._problem,
            "used": _used([*made, working] if working else made),
            "working": working,
            "run": progress.get("recipe", self.folder.name),
            "how": _how(progress, (self.folder / "run.json").exists()),
            "progress": progress,
            "stages": stages,
            **self._curves(),
            "newest": self._newest([stage["name"] for stage in made]),
            "report": (self.folder / "report.html").exists(),
        }

    def _look_ahead(self, progress: dict[str, Any]) -> None:
        """Begin to forecast what is left, once, where the run goes on."""
        forecast, going_on = self._forecast, progress and "ended" not in progress
        if forecast is None or not going_on or "file" not in progress:
            return
        self._forecast = None
        roots = [self.folder / ".store", self.folder.parent / ".store"]
        store = next((root for root in roots if root.is_dir()), roots[0])

        def ask() -> None:
            try:
                self._expected = forecast(progress, store)
            except TutelageError as exc:
                self._problem = str(exc)

        threading.Thread(target=ask, name="forecast", daemon=True).start()

    def _finished(self) -> list[str]:
        files = sorted(self.folder.glob(f"*/{MANIFEST}"), key=lambda file: file.stat().st_mtime)
        return [file.parent.name for file in files]

    def _stage(self, name: str, rate: float | None) -> dict[str, Any]:
        manifest = _json(self.folder / name / MANIFEST)
        if not manifest:
            return {"name": name, "made": False}
        funnel = manifest["funnel"].values()
        used = sum((Usage.from_json(entry["usage"]) for entry in manifest["ledger"]), Usage())
        return {
            "name": name,
            "made": True,
            "kind": manifest["kind"],
            "kept": sum(counts["kept"] for counts in funnel) if funnel else None,
            "rows_in": sum(counts["rows_in"] for counts in funnel) if funnel else None,
            "seconds": manifest.get("seconds"),
        } | _figures(used, rate)

    def _curves(self) -> dict[str, Any]:
        """The curves of the training that was written last, finished or not; of which stage."""
        store = self.folder.parent / ".store"
        inside = self.folder / ".store"
        roots = [root for root in (store, inside) if root.is_dir()]
        logs = [*self.folder.glob(f"*/{LOG}")]
        for root in roots:
            logs += root.glob(f".partial/*/{LOG}")
        if not logs:
            return {"curves": {}, "trained": ""}
        newest = max(logs, key=lambda file: file.stat().st_mtime)
        lines, _ = lines_from(newest, 0)
        stage = newest.parent.name if newest.parent.parent == self.folder else ""
        curves = {
            name: _thinned([(line["step"], line[name]) for line in lines if name in line])
            for name in _CURVES
            if any(name in line and "step" in line for line in lines)
        }
        return {"curves": curves, "trained": stage}

    def _newest(self, made: list[str]) -> list[dict[str, str]]:
        """The last rows that a finished stage kept."""
        for name in reversed(made):
            if holds_rows(self.folder / name):
                index = RowIndex(self.folder / name)
                last = range(max(0, index.kept - _NEWEST), index.kept)
                rows = index.rows(list(last))
                return [
                    {"stage": name, "question": question_of(row), "answer": answer_of(row)}
                    for row in reversed(rows)
                ]
        return []


def _working(
    progress: dict[str, Any], made: Collection[str], rate: float | None
) -> dict[str, Any] | None:
    """What the stage took so far that is at work, or was when the run was killed."""
    name = str(progress.get("stage", ""))
    if not name or name in made:
        return None
    used = Usage.from_json(progress.get("used") or {})
    seconds = float(progress["time"]) - float(progress.get("entered", progress["time"]))
    return _figures(used, rate) | {"name": name, "seconds": seconds}


def _figures(used: Usage, rate: float | None) -> dict[str, Any]:
    """Of what was used, what a table shows; USD as forecasts count it, with the machine's time."""
    cost = price(used, rate or 0.0)
    return {
        "usd": None if cost.usd is None else str(cost.usd),
        "charged": None if used.usd is None else str(used.usd),
        "machine": str(cost.machine_usd),
        "tokens": used.input_tokens + used.output_tokens,
        "requests": used.requests,
        "output_tokens": used.output_tokens,
    }


def _used(made: list[dict[str, Any]]) -> dict[str, Any]:
    """What stages took so far of what budgets count, and of the machine; USD is null where a price
    is unknown."""
    prices = [stage["charged"] for stage in made]
    usd = None if None in prices else str(sum(map(Decimal, prices), Decimal(0)))
    machine = str(sum((Decimal(stage["machine"]) for stage in made), Decimal(0)))
    counts = {name: sum(one[name] for one in made) for name in ("requests", "output_tokens")}
    return {"usd": usd, "machine_usd": machine} | counts


def _how(progress: dict[str, Any], is_over: bool) -> str:
    """Whether a run goes on, in words; a process that is gone or silent was killed."""
    if not progress:
        return "finished" if is_over else "nothing is known of this run yet"
    if "ended" in progress:
        return f"stopped: {progress['problem']}" if progress["problem"] else "finished"
    silent = time.time() - float(progress["time"]) > _STALE_SECONDS
    if not _is_alive(int(progress["process"])):
        return "ended without a word (killed?); the same command goes on"
    return "at work, without news for two minutes" if silent else "at work"


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _json(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    except (OSError, ValueError):
        return {}


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    step = max(1, len(points) // _MOST_POINTS)
    return points[::step]
