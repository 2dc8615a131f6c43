"""Rows by the hundred thousand: time, memory and equality of the executors, and what looking costs.

    python -m benchmarks.scale [--check] [--quick] [--rows 300000 1000000 ...]

Writes benchmarks/scale.md. Every run is a child process, started as a user starts it; memory is the
peak of any one process, sampled five times a second. Runs that are compared take turns, and only
their ratio counts. `--check` exits 1 where a target is missed that was measured at its size;
`--quick` shows the script working on 45,000 rows in about a minute.
"""

import argparse
import importlib.util
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from tutelage.core.hardware import cores
from tutelage.core.row_shards import write_shards

from benchmarks.ending import finish

FILE = Path(__file__).with_suffix(".md")
WORDS = [
    first + last
    for first in "bcdfglmnprst"
    for last in ("amber", "ilet", "oran", "ump", "ester", "ock")
]
COMPARING = "[exact_duplicate, near_duplicate]"
ROW_WISE = "[length, boilerplate, refusal, repetition, echo, language]"
RECIPE = """
stages:
  rows: {{use: read, file: {rows}}}
  accepted: {{use: filter, rows: rows, filters: {filters}}}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the recipe, or one look at it."""

    what: str
    rows: int
    seconds: float
    """Of the whole command."""
    filter_seconds: float
    """Of the stage `accepted` alone."""
    driver_mb: float
    worker_mb: float
    key: str = ""
    digest: str = ""


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Rows of so many leaves that each has some 20,000; 30% repeat an earlier one or nearly so."""
    draw = random.Random(1)
    leaves = max(4, count // 20_000)
    for number in range(count):
        words = [draw.choice(WORDS) for _ in range(12)]
        chance = draw.random()
        leaf = draw.randrange(leaves)
        if number > 100 and chance < 0.3:
            again = random.Random(f"row {draw.randrange(number)}")
            words = [again.choice(WORDS) for _ in range(12)]
            leaf = again.randrange(leaves)
            if chance < 0.2:
                words[draw.randrange(12)] = draw.choice(WORDS)
        else:
            own = random.Random(f"row {number}")
            words = [own.choice(WORDS) for _ in range(12)]
            leaf = own.randrange(leaves)
        answer = " ".join(draw.choice(WORDS) for _ in range(20))
        yield {
            "id": f"r{number}",
            "leaf": f"knowledge/topic{leaf:04d}",
            "parents": [],
            "prompt": [{"role": "user", "content": f"How does {' '.join(words)}?"}],
            "completion": [{"role": "assistant", "content": f"It is {answer}."}],
        }


def watched(*arguments: str, place: Path) -> tuple[float, float, float]:
    """Seconds, and the peak of the command's own process and of any child, in MB."""
    began = time.monotonic()
    with (place / "output.txt").open("w") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "tutelage.cli", *arguments],
            cwd=place,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        process, own, others = psutil.Process(child.pid), 0.0, 0.0
        while child.poll() is None:
            try:
                own = max(own, process.memory_info().rss / 1e6)
                for one in process.children(recursive=True):
                    others = max(others, one.memory_info().rss / 1e6)
            except psutil.Error:
                pass
            time.sleep(0.2)
    if child.returncode:
        raise SystemExit((place / "output.txt").read_text())
    return time.monotonic() - began, own, others


def run(place: Path, count: int, filters: str, on: str) -> Measured:
    """Run the recipe on so many rows from nothing."""
    data = place / f"rows-{count}"
    if not data.exists():
        write_shards(rows(count), data, "kept")
    out = place / "run"
    shutil.rmtree(out, ignore_errors=True)
    (place / "scale.yaml").write_text(RECIPE.format(rows=data, filters=filters), encoding="utf-8")
    told = watched("run", "scale.yaml", "--out", "run", "--on", on, place=place)
    made = json.loads((out / "accepted" / "manifest.json").read_text(encoding="utf-8"))
    seconds, own, others = told
    return Measured(
        *(f"{on}: {filters}", count, seconds, made["seconds"], own, others),
        *(made["key"], made["digest"]),
    )


def looks(place: Path, count: int) -> list[Measured]:
    """Looking at the run that was made last: all found, the run, a stage, a row."""
    commands = {
        "second `run`, all found": ["run", "scale.yaml", "--out", "run"],
        "`show RUN`": ["show", "run"],
        "`show RUN accepted`": ["show", "run", "accepted"],
        "`show RUN ROW`": ["show", "run", f"r{count // 2}"],
    }
    found = []
    for name, command in commands.items():
        seconds, own, _ = watched(*command, place=place)
        found.append(Measured(name, count, seconds, 0.0, own, 0.0))
    return found


def executors() -> list[str]:
    """Those that can be had here."""
    with_ray = importlib.util.find_spec("ray") is not None
    return ["local", "processes:2", *(["ray"] if with_ray else [])]


def compared(place: Path, count: int, rounds: int) -> dict[str, list[Measured]]:
    """Row-wise filters in one process and in two, and on Ray, in turns."""
    names = ["processes:1", *executors()[1:]]
    found: dict[str, list[Measured]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(run(place, count, ROW_WISE, name))
    return found


def table(lines: list[Measured]) -> list[str]:
    """Markdown."""
    head = ["| run | rows | s | of these the filter | driver MB | worker MB |"]
    return [
        *head,
        "|---|--:|--:|--:|--:|--:|",
        *(
            f"| {one.what} | {one.rows:,} | {one.seconds:.1f} | {one.filter_seconds:.1f} | "
            f"{one.driver_mb:.0f} | {one.worker_mb:.0f} |"
            for one in lines
        ),
    ]


def _ratio(found: dict[str, list[Measured]], one: str, other: str) -> float:
    first, second = (statistics.median(x.filter_seconds for x in found[n]) for n in (one, other))
    return first / second


def main() -> int:
    """Measure, write the page, check the targets; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000, 1_000_000, 3_000_000])
    parser.add_argument("--compared", type=int, default=120_000, help="rows for the executors")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    small, rounds = (45_000, 1) if chosen.quick else (chosen.compared, chosen.rounds)
    large = [] if chosen.quick else sorted({*chosen.rows})
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        same = [run(place, small, COMPARING, name) for name in executors()]
        ways = compared(place, small, rounds)
        big, seen = [], []
        for count in large or [small]:
            if large:
                big.append(run(place, count, COMPARING, "processes:2"))
            else:
                run(place, count, COMPARING, "processes:2")
            seen += looks(place, count)
    if len({(one.key, one.digest) for one in same}) != 1:
        missed.append("the executors do not make the same rows and keys")
    gain = _ratio(ways, "processes:1", "processes:2")
    if gain < 1.6 and cores() > 1 and not chosen.quick:
        missed.append(f"processes:2 is {gain:.2f} times as fast as one process, not 1.6")
    if "ray" in ways and (cost := _ratio(ways, "ray", "processes:2")) > 1.10 and not chosen.quick:
        missed.append(f"ray takes {cost:.2f} times as long as processes:2, not 1.10")
    for one in big:
        if one.worker_mb > 500 or one.driver_mb > 400:
            missed.append(f"{one.rows:,} rows: {one.driver_mb:.0f} and {one.worker_mb:.0f} MB")
        if one.rows == 1_000_000 and one.seconds > 110:
            missed.append(f"1,000,000 rows took {one.seconds:.0f} s, not 110")
    for one in seen:
        if large and one.what != "second `run`, all found" and one.seconds > 2:
            missed.append(f"{one.what} of {one.rows:,} rows took {one.seconds:.1f} s, not 2")
    turns = [one for several in ways.values() for one in several]
    page = [
        "# Many rows",
        "",
        f"`python -m benchmarks.scale`{' --quick' if chosen.quick else ''}, "
        f"{cores()} cores, load {os.getloadavg()[0]:.1f} when it ended.",
        "",
        f"Keys and contents of {', '.join(executors())} on {small:,} rows: "
        + ("equal." if not missed or "same rows" not in missed[0] else "NOT equal."),
        "",
        *table(same),
        "",
        f"Row-wise filters `{ROW_WISE}`, in turns; median of the filter: two processes "
        f"{gain:.2f} times as fast as one.",
        "",
        *table(turns),
        "",
        *(["Growing rows, two processes:", "", *table(big), ""] if big else []),
        "Looking at a finished run:",
        "",
        *table(seen),
        "",
    ]
    return finish("\n".join(page), missed, FILE, chosen)


if __name__ == "__main__":
    sys.exit(main())
