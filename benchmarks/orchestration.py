"""What asking a server for many answers costs, beside hand-written aiohttp in the same run.

`python -m benchmarks.orchestration [--quick] [--check]` starts its own server on loopback, writes
`benchmarks/orchestration.md` and, with `--check`, ends with 1 where a promise is broken.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.testing.loopback import Loopback, Reply, chat_reply, question

_LATENCY_SECONDS = 0.05
_ABSOLUTE = ("first", "span", "cpu_ms")
"""What is promised in seconds, not beside something else: of these the best round counts."""
_REPORT = Path(__file__).with_suffix(".md")


@dataclass(frozen=True, slots=True)
class Figures:
    """One client process."""

    wall: float
    """Seconds from the start of the process to its end."""
    first: float
    """Seconds from the start of the process to the arrival of its first request."""
    span: float
    """Seconds from there to the last answer."""
    cpu_ms: float
    """Milliseconds of client CPU per request, start-up apart."""
    peak_mb: float
    answered: int
    sent: int


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of `Shown by`, kept or not."""

    text: str
    measured: float
    limit: float

    @property
    def kept(self) -> bool:
        """Whether the measured value is within the limit."""
        return self.measured <= self.limit


def main() -> int:
    """Measure, report, and check where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a promise is broken")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, rows and kills")
    options = parser.parse_args()
    rounds, many, kills = (2, 5_000, 2) if options.quick else (4, 100_000, 20)
    parts: list[Callable[[], tuple[str, list[Promise]]]] = [
        lambda: _compare(2_000, 64, rounds),
        lambda: _compare(2_000, 1_000, rounds),
        lambda: _compare(many, 1_000, rounds // 2),
        lambda: _faults(rounds),
        lambda: _kills(kills),
    ]
    tables, promises = [], []
    for measure in parts:
        table, found = measure()
        tables.append(table)
        promises += found
        print(table, *(_line(promise) for promise in found), sep="\n", flush=True)
    if not options.quick:
        _REPORT.write_text(_report(tables, promises), encoding="utf-8")
    return int(options.check and not all(promise.kept for promise in promises))


def _compare(rows: int, in_flight: int, rounds: int) -> tuple[str, list[Promise]]:
    """Tutelage and aiohttp by hand take turns; all that is promised of their runs."""
    runs: dict[str, list[Figures]] = {"aiohttp": [], "tutelage": []}
    with _server() as url:
        for _ in range(rounds):
            for who, done in runs.items():
                done.append(_run(who, url, rows, in_flight))
    what = f"{rows:,} requests, {in_flight:,} in flight"
    ours, theirs = runs["tutelage"], runs["aiohttp"]
    limit = _LATENCY_SECONDS * rows / in_flight
    hand = min(figures.span for figures in theirs) / limit
    best = {name: min(getattr(f, name) for f in ours) for name in _ABSOLUTE}
    span = f"{what}: first request to last answer / limit (by hand: {hand:.2f})"
    return _table(what, [_row(who, _median(done)) for who, done in runs.items()]), [
        Promise(f"{what}: wall / hand-written aiohttp's", _ratio(ours, theirs), 1.15),
        Promise(span, best["span"] / limit, 1.3),
        Promise(f"{what}: client CPU, ms per request", best["cpu_ms"], 1.0),
        Promise(f"{what}: seconds to the first request", best["first"], 1.0),
        Promise(f"{what}: peak memory, MB", max(figures.peak_mb for figures in ours), 400),
    ]


def _faults(rounds: int) -> tuple[str, list[Promise]]:
    """The same with 5% 429 and 2% 500, and with 30% errors, clean runs between."""
    rows, in_flight = 2_000, 64
    cases = {
        "clean": (0.0, 0.0),
        "5% 429, 2% 500": (0.05, 0.02),
        "20% 429, 10% 500": (0.2, 0.1),
    }
    runs: dict[str, list[Figures]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (refuse, fail) in cases.items():
            with _server("--refuse", str(refuse), "--break", str(fail)) as url:
                runs[name].append(_run("tutelage", url, rows, in_flight))
    medians = {name: _median(done) for name, done in runs.items()}
    lost = sum(rows - figures.answered for done in runs.values() for figures in done)
    ratio = _ratio(runs["5% 429, 2% 500"], runs["clean"])
    return _table("With errors (median)", [_row(*pair) for pair in medians.items()]), [
        Promise("5% 429 and 2% 500: wall / the clean run's", ratio, 1.3),
        Promise("rows lost in all runs with errors", lost, 0),
    ]


def _kills(times: int) -> tuple[str, list[Promise]]:
    """Kill -9 at random moments and run again: what was sent twice, are the rows the same?"""
    chance = random.Random(7)
    twice, different, finished = 0, 0, []
    with Loopback(_repeat) as server, tempfile.TemporaryDirectory() as folder:
        whole = _killed_and_resumed(server, Path(folder), None)[1]
        for number in range(times):
            at = chance.randrange(1, 2_000)
            done, rows, again = _killed_and_resumed(server, Path(folder, str(number)), at)
            finished.append(done)
            twice += again
            different += rows != whole
    lines = [f"| {times} | {min(finished)} to {max(finished)} | {twice} | {different} |"]
    head = "| kills | finished when killed | finished and sent again | runs with other rows |"
    return f"### Killed and run again\n\n{head}\n|---|---|---|---|\n" + "\n".join(lines), [
        Promise(f"{times} kills: finished requests sent again", twice, 0),
        Promise(
            f"{times} kills: runs whose rows differ from an uninterrupted run's",
            different,
            0,
        ),
    ]


def _repeat(body: dict[str, Any]) -> Reply:
    return Reply(chat_reply(f"to {question(body)}").body, delay_seconds=_LATENCY_SECONDS)


def _killed_and_resumed(server: Loopback, folder: Path, at: int | None) -> tuple[int, bytes, int]:
    """Requests finished at the kill, the final rows, finished requests that were sent again."""
    from tutelage.models.journal import Journal

    folder.mkdir(exist_ok=True)
    server.asked.clear()
    finished: set[str] = set()
    if at is not None:
        process = _start("tutelage", server.url, 2_000, 64, folder)
        while len(server.asked) < at and process.poll() is None:
            time.sleep(0.001)
        process.kill()
        process.communicate()
        journal = Journal(folder / "journal.sqlite")
        finished = {entry["messages"][-1]["content"] for entry in journal.entries()}
        journal.close()
    time.sleep(2 * _LATENCY_SECONDS)
    server.asked.clear()
    output, _ = _start("tutelage", server.url, 2_000, 64, folder).communicate(timeout=300)
    assert json.loads(output)["answered"] == 2_000
    lines = sorted((folder / "rows.jsonl").read_bytes().splitlines())
    return len(finished), b"\n".join(lines), len(finished & set(server.questions()))


@contextmanager
def _server(*more: str) -> Iterator[str]:
    """A server process; yields its URL."""
    command = [
        sys.executable,
        "-m",
        "tutelage.testing.loopback",
        "--delay",
        str(_LATENCY_SECONDS),
        *more,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def _start(who: str, url: str, rows: int, in_flight: int, folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.caller", who, url]
    command += [str(rows), str(in_flight), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _run(who: str, url: str, rows: int, in_flight: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        began = time.time()
        output, _ = _start(who, url, rows, in_flight, Path(folder)).communicate(timeout=600)
        wall = time.time() - began
    told = json.loads(output)
    with urllib.request.urlopen(url) as response:
        seen = json.load(response)
    return Figures(
        wall=wall,
        first=seen["first"] - began,
        span=told["last_answer"] - seen["first"],
        cpu_ms=told["cpu_after_start"] / rows * 1000,
        peak_mb=told["peak_mb"],
        answered=told["answered"],
        sent=seen["count"],
    )


def _ratio(ours: list[Figures], theirs: list[Figures]) -> float:
    """The median over rounds of the walls' ratio: both of a round met the same load."""
    return statistics.median(one.wall / other.wall for one, other in zip(ours, theirs, strict=True))


def _median(runs: list[Figures]) -> Figures:
    middle = {
        name: statistics.median(getattr(figures, name) for figures in runs)
        for name in ("wall", "first", "span", "cpu_ms", "peak_mb")
    }
    return Figures(**middle, answered=runs[-1].answered, sent=runs[-1].sent)


def _row(name: str, figures: Figures) -> str:
    f = figures
    return (
        f"| {name} | {f.wall:.2f} | {f.first:.2f} | {f.span:.2f} | {f.cpu_ms:.2f} | "
        f"{f.peak_mb:.0f} | {f.answered:,} | {f.sent:,} |"
    )


def _table(title: str, lines: list[str]) -> str:
    head = "| | wall s | to first request s | first to last s | CPU ms/request | MB | rows | sent |"
    return "\n".join([f"### {title}\n", head, "|---|---|---|---|---|---|---|---|", *lines])


def _line(promise: Promise) -> str:
    mark = "kept" if promise.kept else "BROKEN"
    return f"| {promise.text} | {promise.measured:.2f} | {promise.limit:g} | {mark} |"


def _report(tables: list[str], promises: list[Promise]) -> str:
    when = time.strftime("%Y-%m-%d")
    load = f"load {os.getloadavg()[0]:.1f} when it ended" if hasattr(os, "getloadavg") else ""
    cores = f"{os.cpu_count()} cores shared with the server and whatever else runs"
    how = f"Python {platform.python_version()}, {cores} ({load})"
    lines = "\n".join(_line(promise) for promise in promises)
    return (
        f"# Orchestration\n\n{when}, {how}; {_LATENCY_SECONDS * 1000:.0f} ms latency; the journal "
        f"is on. Ratios are medians over rounds, seconds the best round's. "
        "Made by `python -m benchmarks.orchestration`.\n\n"
        f"| promise | measured | at most | |\n|---|---|---|---|\n{lines}\n\n"
        + "\n\n".join(tables)
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
