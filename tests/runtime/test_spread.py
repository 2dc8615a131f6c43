"""Workers that ask a model together: the same rows, nothing paid twice, no budget crossed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from tutelage.contract.context import Silent
from tutelage.core.errors import BudgetReached, StageError
from tutelage.core.row_shards import shard_files
from tutelage.core.store import Store
from tutelage.models.engines.scripted import docile
from tutelage.models.journal import JOURNAL, Journal
from tutelage.models.spread.segments import SEGMENTS
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed, question

from tests.trees import harbour
from tests.two_nodes import two_nodes

ROOT = Path(__file__).parents[2]
HELD = 16
"""Requests that one of two workers has at most, of a model with 16 `in_flight`: eight under way,
and as many that wait or whose answers it has not written down yet."""
WHOLE = """
taxonomy: tree
models: {teacher: {ref: "URL#tiny", in_flight: 16}}
stages:
  instructions: {questions_per_passage: 2, per_sample: 1}
  asked: {use: filter, filters: [exact_duplicate]}
  responses: {model: teacher}
  judged: {use: judge, rows: responses, judge: teacher, rubrics: [pair]}
"""
ANSWERS = """
models: {teacher: {ref: "URL#tiny", in_flight: 16, attempts: 30}}
budget: BUDGET
stages:
  given: {use: read, file: rows.jsonl}
  responses: {rows: given, model: teacher, help: none, temperature: 0.7}
"""


def obedient(body: dict[str, Any]) -> Reply:
    """What the scripted model would say."""
    if "messages" not in body:
        return failed(404, "no list of models")
    return chat_reply(docile(tuple(body["messages"]), body["seed"]))


def slowly(body: dict[str, Any]) -> Reply:
    """The same answer to a question whenever it is asked, after 20 ms."""
    if "messages" not in body:
        return failed(404, "no list of models")
    reply = chat_reply(f"re {question(body)} {body['seed']}")
    return Reply(reply.body, delay_seconds=0.02)


def prepared(place: Path, url: str, recipe: str, count: int = 0, **budget: int) -> Path:
    """A folder with a recipe, and a file of so many prompts or a taxonomy."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / "mine.yaml"
    text = recipe.replace("URL", url).replace("BUDGET", json.dumps(budget or None))
    file.write_text(text, encoding="utf-8")
    if count:
        lines = (f'{{"id": "r{n}", "leaf": "a", "prompt": "q{n}"}}\n' for n in range(count))
        (place / "rows.jsonl").write_text("".join(lines), encoding="utf-8")
    else:
        harbour(place / "tree")
    return place


def run_on(place: Path, on: str) -> Run:
    """Run the recipe in a folder."""
    recipe = load_recipe(place / "mine.yaml")
    run = Run(recipe, place / "run", Store(place / "store"), Silent(), executor_name=on)
    run.execute()
    return run


def made_by(run: Run) -> dict[str, Any]:
    """By stage: its key, its digest, and the bytes of its rows."""
    return {
        name: (
            made.manifest["key"],
            made.manifest["digest"],
            [f.read_bytes() for s in ("kept", "rejected") for f in shard_files(made.folder, s)],
        )
        for name, made in run.made.items()
    }


def asked(server: Loopback) -> Counter[str]:
    """How often each question was asked."""
    return Counter(question(body) for body in server.asked if "messages" in body)


def lost(place: Path) -> int:
    """How many answers were lost on the way, by the journal."""
    journal = Journal(place / "store" / JOURNAL)
    ((count,),) = journal._db.execute("SELECT COUNT(*) FROM losses")
    journal.close()
    return int(count)


def helpers() -> list[psutil.Process]:
    """The worker processes of this one."""
    found = psutil.Process().children(recursive=True)
    return [one for one in found if "spawn_main" in " ".join(one.cmdline())]


def actors() -> list[psutil.Process]:
    """The actors of the Ray nodes that this process has started."""
    found = psutil.Process().children(recursive=True)
    return [one for one in found if "ray::_Answerer" in " ".join(one.cmdline())]


@contextmanager
def killing(
    server: Loopback,
    times: int,
    every: int,
    workers: Callable[[], list[psutil.Process]] = helpers,
) -> Iterator[list[int]]:
    """Kill a worker whenever the server has seen so many more requests, so many times."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while len(killed) < times and not over.wait(0.005):
            if len(server.asked) < (len(killed) + 1) * every:
                continue
            try:
                victims = workers()
                if victims:
                    os.kill(victims[len(killed) % len(victims)].pid, signal.SIGKILL)
                    killed.append(len(server.asked))
            except (psutil.Error, ProcessLookupError):
                continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def test_a_whole_recipe_is_the_same_by_workers(tmp_path: Path) -> None:
    with Loopback(obedient) as server:
        here = run_on(prepared(tmp_path / "here", server.url, WHOLE), "local")
        before = asked(server).total()
        there = run_on(prepared(tmp_path / "there", server.url, WHOLE), "processes:2")
        assert made_by(there) == made_by(here)
        assert asked(server).total() == 2 * before
    spent = [sum(entry.spent.requests for entry in run.spent) for run in (here, there)]
    assert spent == [before, before]
    assert not list((tmp_path / "there" / "store" / SEGMENTS).iterdir())


def test_killed_workers_lose_nothing_and_send_nothing_again_that_was_answered(
    tmp_path: Path,
) -> None:
    count = 400
    with Loopback(slowly) as server:
        here = run_on(prepared(tmp_path / "here", server.url, ANSWERS, count), "local")
        server.asked.clear()
        place = prepared(tmp_path / "there", server.url, ANSWERS, count)
        with killing(server, times=3, every=90) as killed:
            there = run_on(place, "processes:2")
        assert len(killed) == 3
        assert made_by(there) == made_by(here)
        again = asked(server).total() - count
    assert set(asked(server)) == {f"q{n}" for n in range(count)}
    assert 0 < again <= lost(place) <= 3 * HELD


def driver(place: Path) -> "subprocess.Popen[bytes]":
    """The recipe run by a process of its own, which may be killed."""
    command = [sys.executable, "-m", "tests.runtime.test_spread", str(place)]
    return subprocess.Popen(command, cwd=ROOT)


def test_a_killed_run_goes_on_from_what_its_workers_were_answered(tmp_path: Path) -> None:
    count = 300
    with Loopback(slowly) as server:
        whole = made_by(run_on(prepared(tmp_path / "here", server.url, ANSWERS, count), "local"))
        server.asked.clear()
        place = prepared(tmp_path / "there", server.url, ANSWERS, count)
        with driver(place) as process:
            wait_for(lambda: len(server.asked) > 150)
            children = psutil.Process(process.pid).children(recursive=True)
            process.kill()
        psutil.wait_procs(children, timeout=20)
        assert not any(one.is_running() for one in children)
        before = asked(server)
        assert made_by(run_on(place, "processes:2")) == whole
        again = asked(server).total() - count
    assert 150 < before.total() < count
    assert again <= lost(place) <= 2 * HELD
    assert not list((place / "store" / SEGMENTS).iterdir())


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds, a minute at most."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def test_a_budget_is_not_crossed_when_workers_are_killed(tmp_path: Path) -> None:
    with Loopback(slowly) as server:
        place = prepared(tmp_path, server.url, ANSWERS, 400, requests=200)
        with (
            killing(server, times=2, every=60) as killed,
            pytest.raises(BudgetReached, match="requests 200 of 200"),
        ):
            run_on(place, "processes:2")
        assert len(killed) == 2
        sent = asked(server).total()
    journal = Journal(place / "store" / JOURNAL)
    answered = sum(journal.models().values())
    journal.close()
    assert answered + lost(place) == 200
    assert answered <= sent <= 200


def test_a_budget_counts_what_a_killed_run_had_under_way(tmp_path: Path) -> None:
    with Loopback(slowly) as server:
        place = prepared(tmp_path, server.url, ANSWERS, 400, requests=250)
        with driver(place) as process:
            wait_for(lambda: len(server.asked) > 120)
            process.kill()
        with pytest.raises(BudgetReached, match="requests 250 of 250"):
            run_on(place, "processes:2")
        assert asked(server).total() <= 250


def test_workers_that_die_again_and_again_end_the_stage(tmp_path: Path) -> None:
    with Loopback(lambda body: Reply(b"", delay_seconds=30)) as server:
        place = prepared(tmp_path, server.url, ANSWERS, 100)
        with killing(server, times=9, every=8), pytest.raises(StageError, match="died 3 times"):
            run_on(place, "processes:2")
    assert not helpers()


def test_what_a_server_refuses_ends_the_stage_as_in_one_process(tmp_path: Path) -> None:
    def refuse(body: dict[str, Any]) -> Reply:
        return failed(401, "no such key") if len(server.asked) > 60 else slowly(body)

    with Loopback(refuse) as server:
        place = prepared(tmp_path, server.url, ANSWERS, 200)
        with pytest.raises(StageError, match=r"stage 'responses' failed: .*it says 401"):
            run_on(place, "processes:2")
        before = set(asked(server))
        server.answer = slowly
        server.asked.clear()
        run_on(place, "processes:2")
        assert asked(server).total() >= 200 - len(before)
        assert max(asked(server).values()) == 1
    assert not helpers()


def test_two_nodes_ask_together_and_go_on_when_an_actor_is_killed(tmp_path: Path) -> None:
    count = 400
    with Loopback(slowly) as server:
        here = made_by(run_on(prepared(tmp_path / "here", server.url, ANSWERS, count), "local"))
        server.asked.clear()
        place = prepared(tmp_path / "there", server.url, ANSWERS, count)
        with (
            two_nodes() as address,
            killing(server, times=2, every=120, workers=actors) as killed,
        ):
            assert made_by(run_on(place, f"ray:{address}")) == here
        assert len(killed) == 2
        again = asked(server).total() - count
    assert 0 < again <= lost(place) <= 2 * HELD


if __name__ == "__main__":
    run_on(Path(sys.argv[1]), "processes:2")
