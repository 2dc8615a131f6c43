"""Rows by the hundred thousand: time, memory and equality of the executors, and what looking costs.

    python -m benchmarks.scale [--check] [--quick] [--rows 300000 1000000 ...] [--most 10000000]

Writes benchmarks/scale.md. Every run is a child process, started as a user starts it; memory is the
peak of any one process, sampled five times a second. Runs that are compared take turns, and only
their ratio counts. `--check` exits 1 where a target is missed that was measured at its size;
`--quick` shows the script working on 25,000 rows in about a minute. Without options it takes 20
minutes on two quiet cores, and `--most 10000000` as long again.
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
from benchmarks.scale_asking import (
    DELAY_SECONDS,
    IN_FLIGHT,
    KILLS,
    Asked,
    Killed,
    asked_on,
    killed_on,
    server,
)

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


def rows(count: int, leaves: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of so many leaves, or that each has some 20,000; 30% repeat an earlier one, or nearly
    so."""
    draw = random.Random(1)
    leaves = leaves or max(4, count // 20_000)
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


def run(place: Path, count: int, filters: str, on: str, leaves: int = 0) -> Measured:
    """Run the recipe on so many rows from nothing."""
    data = place / (f"rows-{count}" + (f"-{leaves}" if leaves else ""))
    if not data.exists():
        write_shards(rows(count, leaves), data, "kept")
    out = place / "run"
    shutil.rmtree(out, ignore_errors=True)
    (place / "scale.yaml").write_text(RECIPE.format(rows=data, filters=filters), encoding="utf-8")
    told = watched("run", "scale.yaml", "--out", "run", "--on", on, place=place)
    made = json.loads((out / "accepted" / "manifest.json").read_text(encoding="utf-8"))
    seconds, own, others = told
    return Measured(
        *(f"{on}: {filters}" + (" in one leaf" if leaves else ""), count),
        *(seconds, made["seconds"], own, others),
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


@dataclass(frozen=True, slots=True)
class Target:
    """A promise, what was measured of it, and whether it holds; None where nothing can say."""

    promise: str
    wanted: str
    measured: str
    holds: bool | None

    @property
    def line(self) -> str:
        """A line of the table."""
        words = {True: "yes", False: "**no**", None: "not shown"}[self.holds]
        return f"| {self.promise} | {self.wanted} | {self.measured} | {words} |"


def most_target(most: Measured | None) -> Target:
    """Of very many rows on one machine."""
    promise, wanted = "10M rows, exact + near + length", "finishes, <= 4 GB a worker"
    if most is None:
        return Target(promise, wanted, "not run", None)
    words = f"{most.seconds / 60:.0f} minutes, worker {most.worker_mb:.0f} MB"
    words += f", driver {most.driver_mb:.0f} MB"
    return Target(
        f"{most.rows:,} rows, exact + near + length", wanted, words, most.worker_mb <= 4e3
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """How a model was asked by one process and by several."""

    ways: list[Asked]
    killed: Killed
    within: Killed
    """The same within a budget."""
    budget: int

    def targets(self) -> list[Target]:
        """What was measured beside what was promised."""
        of = {name: [one.seconds for one in self.ways if one.on == name] for name in self.names}
        one, *others = (statistics.median(of[name]) for name in self.names)
        found = [
            Target(
                f"generation, {name} beside one process",
                "<= 1.20",
                _on_cores(seconds / one),
                seconds / one <= 1.2 if cores() > 1 else None,
            )
            for name, seconds in zip(self.names[1:], others, strict=True)
        ]
        killed, within, lease = self.killed, self.within, 2 * IN_FLIGHT
        kept = killed.again == 0 and killed.kills == KILLS
        unused = self.budget - within.answered - within.lost
        held = within.sent <= self.budget and 0 <= unused <= lease and within.kills == KILLS
        return [
            *found,
            Target(
                f"answered requests sent again after {killed.kills} kills of workers",
                "0",
                f"{killed.again}, and {killed.lost} that were under way",
                kept,
            ),
            Target(
                f"budget of {self.budget:,} requests, {within.kills} kills of workers",
                f"never crossed, <= {lease} unused",
                f"{within.sent:,} sent, {within.lost} of them lost, {unused} unused",
                held,
            ),
        ]

    @property
    def names(self) -> list[str]:
        """The executors, one process first."""
        return list(dict.fromkeys(one.on for one in self.ways))

    def lines(self) -> list[str]:
        """Markdown."""
        return [
            f"Answers of a server that takes {1000 * DELAY_SECONDS:.0f} ms, {IN_FLIGHT} requests "
            "under way in all, in turns; starting workers is part of it:",
            "",
            "| responses on | requests | s | at least s |",
            "|---|--:|--:|--:|",
            *(
                f"| {one.on} | {one.rows:,} | {one.seconds:.1f} | "
                f"{one.rows * DELAY_SECONDS / IN_FLIGHT:.1f} |"
                for one in self.ways
            ),
            "",
        ]


def asking(place: Path, count: int, rounds: int) -> Asking:
    """Ask a server by one process, by two, and on Ray; and kill workers."""
    names = ["processes:1", *executors()[1:]]
    with server() as url:
        ways = [asked_on(place, count, name, url) for _ in range(rounds) for name in names]
    budget = count // 2
    return Asking(ways, killed_on(place, count, None), killed_on(place, count, budget), budget)


@dataclass(frozen=True, slots=True)
class RayStart:
    """From connecting to Ray, which starts it, to the first finished task."""

    seconds: float
    processor_seconds: float
    """Of this process, with its imports, and of all that Ray starts."""

    def target(self) -> Target:
        """On a busy machine the processor time says more: waiting for a core is not Ray's doing."""
        words = f"{self.seconds:.1f} s, of these at work {self.processor_seconds:.1f} s"
        holds = self.seconds <= 8
        busy = os.getloadavg()[0] > cores() and self.processor_seconds <= 8
        told = None if busy and not holds else holds
        return Target("Ray, start to first task, quiet machine", "<= 8 s", words, told)


def ray_start() -> RayStart:
    """Start Ray in a process of its own."""
    made = subprocess.run(
        [sys.executable, "-c", _RAY_START], capture_output=True, text=True, check=True
    )
    seconds, at_work = map(float, made.stdout.split()[-2:])
    return RayStart(seconds, at_work)


_RAY_START = """
import time, psutil
began = time.monotonic()
from tutelage.runtime.executors.ray import RayWorkers
ray = RayWorkers().connected()
ray.get(ray.remote(lambda: 1).remote())
seconds = time.monotonic() - began
me = psutil.Process()
times = [one.cpu_times() for one in [me, *me.children(recursive=True)]]
print(seconds, sum(one.user + one.system for one in times))
"""


def targets(
    same: list[Measured],
    ways: dict[str, list[Measured]],
    big: list[Measured],
    seen: list[Measured],
    start: RayStart | None,
    asked: Asking,
    most: Measured | None,
) -> list[Target]:
    """What was measured beside what was promised."""
    equal = len({(one.key, one.digest) for one in same}) == 1
    names = ", ".join(one.what.partition(": [")[0] for one in same)
    gain = _ratio(ways, "processes:1", "processes:2")
    two = gain >= 1.6 if cores() > 1 else None
    found = [
        Target(f"rows, bytes and keys of {names}", "equal", "equal" if equal else "differ", equal),
        Target("row-wise, two processes against one", ">= 1.6 x", _on_cores(gain), two),
    ]
    if "ray" in ways:
        cost = _ratio(ways, "ray", "processes:2")
        holds = cost <= 1.10 if cores() > 1 else None
        found.append(Target("row-wise, Ray against processes:2", "<= 1.10", _on_cores(cost), holds))
    if start is not None:
        found.append(start.target())
    for one in big:
        memory = f"worker {one.worker_mb:.0f}, driver {one.driver_mb:.0f} MB"
        fits = one.worker_mb <= 500 and one.driver_mb <= 400
        where = " in one leaf" if one.what.endswith("leaf") else ""
        promise = f"memory of {one.rows:,} rows{where}"
        found.append(Target(promise, "<= 500, <= 400 MB", memory, fits))
        if one.rows == 1_000_000 and not where:
            fast = one.seconds <= 110
            time_limit = fast if fast or cores() > 1 else None
            words = f"{one.seconds:.0f} s on {cores()} cores"
            found.append(Target("1M rows, two cores", "<= 110 s", words, time_limit))
    for one in seen:
        if not one.what.startswith("second"):
            words, quick = f"{one.seconds:.1f} s", one.seconds <= 2
            found.append(Target(f"{one.what} of {one.rows:,} rows", "<= 2 s", words, quick))
    return [*found, *asked.targets(), most_target(most)]


def _on_cores(ratio: float) -> str:
    return f"{ratio:.2f}" + ("" if cores() > 1 else ", but on a single core")


def main() -> int:
    """Measure, write the page, check the targets; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000, 1_000_000, 3_000_000])
    parser.add_argument("--most", type=int, default=0, help="rows of one last, large run")
    parser.add_argument("--compared", type=int, default=120_000, help="rows for the executors")
    parser.add_argument("--asked", type=int, default=6_000, help="requests to a model")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    small, rounds = (25_000, 1) if chosen.quick else (chosen.compared, chosen.rounds)
    large = [] if chosen.quick else sorted({*chosen.rows})
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        same = [run(place, small, COMPARING, name) for name in executors()]
        ways = compared(place, small, rounds)
        asked = asking(place, 800 if chosen.quick else chosen.asked, rounds)
        start = ray_start() if "ray" in ways else None
        big, seen = [], []
        for count in large:
            big.append(run(place, count, COMPARING, "processes:2"))
            seen += looks(place, count)
            shutil.rmtree(place / f"rows-{count}")
        big += [run(place, count, COMPARING, "processes:2", 1) for count in large[:1]]
        most = None
        if chosen.most:
            most = run(place, chosen.most, f"{COMPARING[:-1]}, length]", "processes:2")
            seen += looks(place, chosen.most)
    found = targets(same, ways, big, seen, start, asked, most)
    big += [most] if most else []
    text = page(same, ways, big, seen, asked, found, "--quick" if chosen.quick else "")
    missed = [f"{one.promise}: {one.measured}, not {one.wanted}" for one in found if not one.holds]
    return finish(text, [] if chosen.quick else missed, FILE, chosen)


def page(
    same: list[Measured],
    ways: dict[str, list[Measured]],
    big: list[Measured],
    seen: list[Measured],
    asked: Asking,
    found: list[Target],
    words: str,
) -> str:
    """The Markdown page."""
    turns = [one for several in ways.values() for one in several]
    lines = [
        "# Many rows",
        "",
        f"`python -m benchmarks.scale {words}`".replace(" `", "`")
        + f" wrote this: {cores()} core{'s' * (cores() > 1)} for it, load {os.getloadavg()[0]:.1f} "
        "on the machine when it ended. Times are those of a shared machine; ratios are of runs in "
        "turns.",
        "",
        "| promise | target | measured | holds |",
        "|---|---|---|---|",
        *(one.line for one in found),
        "",
        f"The same {same[0].rows:,} rows through {COMPARING}, on each executor:",
        "",
        *table(same),
        "",
        f"Row-wise filters {ROW_WISE}, in turns:",
        "",
        *table(turns),
        "",
        *asked.lines(),
        *([f"More rows through {COMPARING}, two processes:", "", *table(big), ""] if big else []),
        *(["Looking at a finished run:", "", *table(seen), ""] if seen else []),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
