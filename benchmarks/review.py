"""The review page on a large run: how soon it shows, how it turns pages, whether a kill loses a
decision.

    python -m benchmarks.review [--check] [--quick]

Writes benchmarks/review.md. Targets of the issue: the first page of 100,000 rows in under 1 s, and
of 10,000 decisions none that was acknowledged is lost by 20 kills. `--check` exits 1 where one is
missed; `--quick` takes fewer rows, decisions and kills, and writes nothing.
"""

import argparse
import http.client
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tutelage.core.artifacts import Row, Rows
from tutelage.core.labels import LABELS, read_labels

FILE = Path(__file__).with_suffix(".md")
FIRST_PAGE_SECONDS = 1.0
_TURNS = 40
_LOOKS = 3
"""Servers that are looked at; the one whose first page took the median time stands in the page."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rows: int
    decisions: int
    kills: int


@dataclass(frozen=True, slots=True)
class Looks:
    """What a reader waits for, in seconds, and the server's memory in MB."""

    address: float
    """From the command to the address that it prints: Python and its modules."""
    first: float
    """From the first request to the first row shown: page, list, queue, row."""
    first_cpu: float
    """What the server computed meanwhile: what it takes where nothing else is at work."""
    turn: float
    turn_95: float
    search: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Kills:
    """What came of decisions under kills."""

    acknowledged: int
    kept: int
    lost: int
    seconds_each: float


def main() -> int:
    """Measure, write the page, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    size = Size(5_000, 300, 3) if options.quick else Size(100_000, 10_000, 20)
    with tempfile.TemporaryDirectory() as place:
        run = write_run(Path(place) / "large", size.rows)
        looks = sorted((look(run) for _ in range(_LOOKS)), key=lambda one: one.first)[_LOOKS // 2]
        kills = decide_under_kills(run, size)
    text = page(size, looks, kills)
    print(text)
    if not options.quick:
        FILE.write_text(text, encoding="utf-8")
    missed = looks.first >= FIRST_PAGE_SECONDS or kills.lost > 0
    return 1 if options.check and missed else 0


def write_run(folder: Path, count: int) -> Path:
    """A run with one stage of so many rows, a tenth of them rejected, with their verdicts."""
    stage = folder / "accepted"
    stage.mkdir(parents=True)
    rows = [_row(number) for number in range(count)]
    cut = count - count // 10
    dropped = [row | {"reason": "grounded: not in the passage"} for row in rows[cut:]]
    made = Rows(rows[:cut], dropped)
    content = made.save(stage)
    manifest = {"stage": "accepted", "kind": "rows", "digest": content, "inputs": {}, "ledger": []}
    (stage / "manifest.json").write_text(json.dumps(manifest | {"funnel": {}, "use": "filter"}))
    facts = {"recipe": "large", "stages": [{"name": "accepted"}], "models": {}}
    (folder / "run.json").write_text(json.dumps(facts))
    return folder


def _row(number: int) -> Row:
    draw = random.Random(number)
    words = " ".join(f"word{draw.randrange(5000)}" for _ in range(60))
    keep = number % 7 != 0
    return {
        "id": f"row:{number}",
        "leaf": f"knowledge/leaf{number % 40}",
        "parents": [f"seed:{number % 200}"],
        "context": words,
        "prompt": [{"role": "user", "content": f"What does berth {number} say of {words[:60]}?"}],
        "completion": [{"role": "assistant", "content": f"It says {words[60:200]}."}],
        "verdicts": [
            {"by": "exact_duplicate", "keep": True, "reason": None},
            {"by": "grounded", "keep": keep, "reason": None if keep else "not in it"},
        ],
    }


class Server:
    """The command as a user starts it, and one browser's requests to it."""

    def __init__(self, run: Path) -> None:
        began = time.perf_counter()
        command = [sys.executable, "-m", "tutelage.cli", "review", str(run), "--no-open"]
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        self.seconds_to_address = time.perf_counter() - began
        found = re.search(r"http://\S+", line)
        assert found, f"no address in {line!r}"
        self._at = urlsplit(found.group())
        self._cookie = ""

    def ask(self, path: str, data: Any = None) -> Any:
        """The answer to one request; raises OSError or HTTPException where the server is gone."""
        link = http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=60)
        try:
            if not self._cookie:
                link.request("GET", f"{self._at.path}?{self._at.query}")
                reply = link.getresponse()
                reply.read()
                self._cookie = (reply.getheader("Set-Cookie") or "").partition(";")[0]
            body = None if data is None else json.dumps(data)
            link.request("GET" if body is None else "POST", path, body, {"Cookie": self._cookie})
            reply = link.getresponse()
            text = reply.read()
            assert reply.status == 200, f"{path}: {reply.status} {text[:200]!r}"
            is_json = (reply.getheader("Content-Type") or "").startswith("application/json")
            return json.loads(text) if is_json else text
        finally:
            link.close()

    @property
    def megabytes(self) -> float:
        """The most memory that it has had, of its own (Linux; nan elsewhere)."""
        try:
            status = Path(f"/proc/{self._child.pid}/status").read_text()
        except OSError:
            return float("nan")
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]

    @property
    def cpu_seconds(self) -> float:
        """What it has computed so far (Linux; nan elsewhere)."""
        try:
            fields = Path(f"/proc/{self._child.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it without a warning."""
        os.kill(self._child.pid, signal.SIGKILL)
        self._child.wait()


def look(run: Path) -> Looks:
    """What a reader does first, then turning pages, then a search."""
    server = Server(run)
    try:
        began, computed = time.perf_counter(), server.cpu_seconds
        server.ask("/review")
        about = server.ask("/api/review")
        server.ask("/api/rows")
        found = server.ask("/api/next")
        server.ask(f"/api/row?id={found['id']}")
        first, first_cpu = time.perf_counter() - began, server.cpu_seconds - computed
        pages = random.Random(1).sample(
            range(about["rows"] // 50), min(_TURNS, about["rows"] // 50)
        )
        turns = [_timed(server, f"/api/rows?page={number}") for number in pages]
        search = _timed(server, "/api/rows?text=word4321")
        worst = sorted(turns)[int(0.95 * len(turns))]
        middle = statistics.median(turns)
        address, memory = server.seconds_to_address, server.megabytes
        return Looks(address, first, first_cpu, middle, worst, search, memory)
    finally:
        server.kill()


def _timed(server: Server, path: str) -> float:
    began = time.perf_counter()
    server.ask(path)
    return time.perf_counter() - began


def decide_under_kills(run: Path, size: Size) -> Kills:
    """Decide row after row; kill the server in the middle of it, start it again, go on."""
    acknowledged: list[str] = []
    seconds = 0.0
    lives = size.kills + 1
    for life in range(lives):
        server = Server(run)
        wanted = size.decisions * (life + 1) // lives
        began = time.perf_counter()
        writer = threading.Thread(target=_decide, args=(server, acknowledged, size))
        writer.start()
        while len(acknowledged) < wanted and writer.is_alive():
            time.sleep(0.001)
        seconds += time.perf_counter() - began
        server.kill()  # while the next decision is under way
        writer.join()
    kept = {label.row for label in read_labels(run / LABELS)}
    lost = len(set(acknowledged) - kept)
    return Kills(len(acknowledged), len(kept), lost, seconds / max(1, len(acknowledged)))


def _decide(server: Server, acknowledged: list[str], size: Size) -> None:
    while len(acknowledged) < size.decisions:
        name = f"row:{len(acknowledged)}"
        verdict = "reject" if len(acknowledged) % 3 else "accept"
        try:
            server.ask("/api/label", {"row": name, "verdict": verdict, "seconds": 2.5})
        except (OSError, http.client.HTTPException):
            return  # killed
        acknowledged.append(name)


def page(size: Size, looks: Looks, kills: Kills) -> str:
    """The figures as Markdown."""
    turn = f"{looks.turn * 1000:.0f} ms ({looks.turn_95 * 1000:.0f})"
    pages = f"first page: page, list, queue, first row (median of {_LOOKS} starts)"
    first = "met" if looks.first < FIRST_PAGE_SECONDS else "missed"
    lost = "met" if not kills.lost else "missed"
    return f"""# The review page on a large run

`python -m benchmarks.review`: {size.rows:,} rows with passages and verdicts, two shared CPU cores
(load {os.getloadavg()[0]:.0f} when it ended).

| what | measured | target |
|---|--:|---|
| from the command to its address | {looks.address:.2f} s | |
| {pages} | {looks.first:.2f} s | under 1 s: {first} |
| of that, computed by the server | {looks.first_cpu:.2f} s | |
| turning to a page anywhere, median (95%) | {turn} | |
| search in all questions and answers | {looks.search:.2f} s | |
| memory of the server at most | {looks.megabytes:.0f} MB | |
| decisions acknowledged, with {size.kills} kills among them | {kills.acknowledged:,} | |
| of these lost | {kills.lost} | none: {lost} |
| one decision, on disk when it is answered | {kills.seconds_each * 1000:.1f} ms | |

The file held {kills.kept:,} decisions: one that was written, but not answered yet when a kill came,
is kept too.
"""


if __name__ == "__main__":
    sys.exit(main())
