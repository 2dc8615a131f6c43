"""Requests spread over workers: how fast beside one process, and what kills of workers cost."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from tutelage.core.row_shards import write_shards
from tutelage.models.journal import JOURNAL, Journal
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed, question

IN_FLIGHT = 16
DELAY_SECONDS = 0.05
KILLS = 20
RECIPE = """
models: {{teacher: {{ref: "{url}#any", in_flight: {in_flight}, attempts: 30}}}}
budget: {budget}
stages:
  prompts: {{use: read, file: {rows}}}
  responses: {{rows: prompts, model: teacher, help: none, temperature: 0.7}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One run of the stage `responses`."""

    on: str
    rows: int
    seconds: float
    """Of the stage, starting workers included."""


@dataclass(frozen=True, slots=True)
class Killed:
    """A run whose workers were killed, as the server and the journal saw it."""

    kills: int
    sent: int
    """Requests that the server got."""
    answered: int
    """Answers in the journal."""
    lost: int
    """Requests that the budget counts though no answer came: under way at a kill."""
    again: int
    """Requests sent once more than they were lost."""


def asked_on(place: Path, count: int, on: str, url: str) -> Asked:
    """Ask about so many rows from nothing."""
    with _started(place, count, on, url, None) as run:
        if run.wait():
            raise SystemExit((place / "asking.txt").read_text(encoding="utf-8"))
    made = place / "asking" / "responses" / "manifest.json"
    return Asked(on, count, json.loads(made.read_text(encoding="utf-8"))["seconds"])


def killed_on(place: Path, count: int, budget: int | None) -> Killed:
    """Ask about so many rows by two processes, of which KILLS are killed on the way."""
    with Loopback(_answer) as server:
        with _started(place, count, "processes:2", server.url, budget) as run:
            kills = _kill(run, server, (budget or count) // (KILLS + 2))
            code = run.wait()
        if bool(code) != bool(budget):
            raise SystemExit((place / "asking.txt").read_text(encoding="utf-8"))
        seen = Counter(question(body) for body in server.asked if "messages" in body)
    journal = Journal(place / "asking" / ".store" / JOURNAL)
    named = {entry["key"]: entry["messages"][-1]["content"] for entry in journal.entries()}
    lost = Counter(str(key) for (key,) in journal._db.execute("SELECT key FROM losses"))
    journal.close()
    again = sum(max(0, seen[name] - 1 - lost[key]) for key, name in named.items())
    return Killed(kills, seen.total(), len(named), lost.total(), again)


@contextmanager
def server() -> Iterator[str]:
    """A server of its own that answers after 50 ms; its URL."""
    command = [sys.executable, "-m", "tutelage.testing.loopback", "--delay", str(DELAY_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield child.stdout.readline().strip()
        child.kill()


@contextmanager
def _started(
    place: Path, count: int, on: str, url: str, budget: int | None
) -> Iterator["subprocess.Popen[bytes]"]:
    """The recipe under way in a process of its own."""
    data = place / f"prompts-{count}"
    if not data.exists():
        rows = (
            {"id": f"r{n}", "leaf": "a", "parents": [], "prompt": f"q{n}"} for n in range(count)
        )
        write_shards(rows, data, "kept")
    shutil.rmtree(place / "asking", ignore_errors=True)
    limits = "{}" if budget is None else f"{{requests: {budget}}}"
    text = RECIPE.format(url=url, in_flight=IN_FLIGHT, budget=limits, rows=data)
    (place / "asking.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "tutelage.cli", "run", "asking.yaml", "--out", "asking"]
    with (
        (place / "asking.txt").open("w", encoding="utf-8") as output,
        subprocess.Popen(
            [*command, "--on", on], cwd=place, stdout=output, stderr=subprocess.STDOUT
        ) as child,
    ):
        yield child


def _kill(run: "subprocess.Popen[bytes]", server: Loopback, every: int) -> int:
    """Kill one of its workers whenever the server got so many more requests; says how often."""
    chance, kills = random.Random(1), 0
    while run.poll() is None and kills < KILLS:
        time.sleep(0.01)
        if len(server.asked) < (kills + 1) * every:
            continue
        with suppress(psutil.Error, ProcessLookupError):
            found = psutil.Process(run.pid).children(recursive=True)
            workers = [one for one in found if "spawn_main" in " ".join(one.cmdline())]
            if workers:
                os.kill(chance.choice(workers).pid, signal.SIGKILL)
                kills += 1
    return kills


def _answer(body: dict[str, object]) -> Reply:
    if "messages" not in body:
        return failed(404, "no list of models")
    reply = chat_reply(f"An answer to {question(body)}, of some words.")
    return Reply(reply.body, delay_seconds=DELAY_SECONDS)
