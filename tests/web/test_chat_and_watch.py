"""The chat and watch pages' servers: answers of a run's models, votes on disk, how far a run is."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tutelage.accounting.ledger import Usage
from tutelage.api import place_run, run_recipe
from tutelage.contract.context import Silent
from tutelage.core.errors import InputError
from tutelage.core.labels import LABELS, read_labels
from tutelage.planning.run_forecast import run_forecast
from tutelage.provenance.run_folder import RunFolder
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.live_progress import PROGRESS, LiveProgress
from tutelage.web.chat_api import Chat
from tutelage.web.server import errors_as_json
from tutelage.web.watch_api import Watch

from tests.trees import harbour, write

Client = TestClient[web.Request, web.Application]
RECIPE = """
taxonomy: tree
models: {teacher: "scripted:"}
stages:
  seeds: {}
  instructions: {questions_per_passage: 2, per_sample: 2}
  responses: {model: teacher}
"""
MODELS = {
    "student": {"ref": "scripted:tutelage.models.engines.scripted:docile"},
    "teacher": {"ref": "scripted:tutelage.models.engines.scripted:docile"},
}


def _run(folder: Path) -> RunFolder:
    facts = {"recipe": "mine", "file": "mine.yaml", "stages": [], "models": MODELS}
    (folder / "run.json").write_text(json.dumps(facts))
    return RunFolder.load(folder)


def _talk(folder: Path, talk: Callable[[Client], Awaitable[None]]) -> None:
    async def whole() -> None:
        chat = Chat(_run(folder), ["student", "teacher"])
        app = web.Application(middlewares=[errors_as_json])
        app.add_routes(chat.routes())
        try:
            async with TestClient(TestServer(app)) as client:
                await talk(client)
        finally:
            chat.close()

    asyncio.run(whole())


def _asked(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "student", "messages": [{"role": "user", "content": text}]} | more


def test_a_model_of_the_run_answers(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        answer = await (await client.post("/api/chat", json=_asked("What is it?"))).json()
        assert answer["text"]
        assert answer["tokens"] > 0

    _talk(tmp_path, talk)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (_asked("What?", model="studnet"), "did you mean 'student'"),
        ({"model": "student", "messages": []}, "must be a question"),
        ({"model": "student", "messages": [{"role": "tool", "content": "x"}]}, "needs a role"),
        (_asked("What?", temperature="hot"), "no number"),
    ],
)
def test_what_cannot_be_asked_is_said(tmp_path: Path, data: Any, problem: str) -> None:
    async def talk(client: Client) -> None:
        answer = await client.post("/api/chat", json=data)
        assert answer.status == 400
        assert problem in (await answer.json())["error"]

    _talk(tmp_path, talk)


def test_a_blind_vote_becomes_a_preference(tmp_path: Path) -> None:
    vote = {"verdict": "right", "question": "What?", "left": "no", "right": "tea", "blind": True}

    async def talk(client: Client) -> None:
        assert (await client.post("/api/vote", json=vote)).status == 200
        one = {name: value for name, value in vote.items() if name != "left"}
        assert (await client.post("/api/vote", json=one)).status == 400
        assert (await client.post("/api/vote", json=vote | {"left": ""})).status == 200

    _talk(tmp_path, talk)
    label, empty = read_labels(tmp_path / LABELS)
    assert (label.chosen, label.rejected, label.blind) == ("tea", "no", True)
    assert (empty.chosen, empty.rejected) == ("tea", "")


def test_a_model_that_the_run_has_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--models sft: .*student, teacher"):
        Chat(_run(tmp_path), ["sft"])


def test_progress_is_followed_while_a_run_goes_on(tmp_path: Path) -> None:
    live = LiveProgress(Silent(), tmp_path, "mine", ["asked", "sft"])
    live.stage = "asked"
    live.start(40, "answers")
    live.say("asked: begun")
    state = Watch(tmp_path).state()
    assert (state["how"], state["progress"]["stage"]) == ("at work", "asked")
    assert [stage["name"] for stage in state["stages"]] == ["asked", "sft"]
    live.end()
    assert Watch(tmp_path).state()["how"] == "finished"
    live.end("stage 'sft' failed")
    assert Watch(tmp_path).state()["how"] == "stopped: stage 'sft' failed"


def test_what_the_stage_at_work_took_is_part_of_the_spend(tmp_path: Path) -> None:
    live = LiveProgress(Silent(), tmp_path, "mine", ["asked", "sft"])
    live.stage = "asked"
    live.start(40, "answers")
    live.used = Usage(requests=3, input_tokens=50, output_tokens=9, usd=Decimal("0.02")).to_json()
    live.say("three are there")
    state = Watch(tmp_path).state()
    assert (state["working"]["name"], state["working"]["tokens"]) == ("asked", 59)
    assert state["used"] == {
        "usd": "0.02",
        "machine_usd": "0",
        "requests": 3,
        "output_tokens": 9,
    }
    live.end("the budget of $0.02 is used up")
    assert Watch(tmp_path).state()["used"]["usd"] == "0.02"
    live.stage = "sft"
    assert Watch(tmp_path).state()["working"]["tokens"] == 0


def test_the_machine_s_time_costs_what_the_recipe_says(tmp_path: Path) -> None:
    live = LiveProgress(Silent(), tmp_path, "mine", ["sft"], {"machine_usd_per_hour": 3.6})
    live.stage = "sft"
    live.used = Usage(seconds=10).to_json()
    live.say("at work")
    state = Watch(tmp_path).state()
    assert (state["used"]["usd"], Decimal(state["used"]["machine_usd"])) == ("0", Decimal("0.01"))
    assert Decimal(state["working"]["usd"]) == Decimal("0.01")  # as forecasts count it


def test_a_killed_run_is_told_from_one_at_work(tmp_path: Path) -> None:
    LiveProgress(Silent(), tmp_path, "mine", ["asked"]).stage = "asked"
    facts = json.loads((tmp_path / PROGRESS).read_text(encoding="utf-8"))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / PROGRESS).write_text(json.dumps(facts | {"process": ended.pid}), encoding="utf-8")
    assert "killed" in Watch(tmp_path).state()["how"]


def test_without_a_run_there_is_nothing_to_watch(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run there yet"):
        Watch(tmp_path / "nothing")


def test_spend_stands_beside_what_is_expected_and_allowed(tmp_path: Path) -> None:
    """A run at work, of which one stage is done: what it took, the budget, what is left."""
    harbour(tmp_path / "tree")
    loaded = load_recipe(write(tmp_path / "mine.yaml", RECIPE), ["budget.requests=500"])
    folder, store = place_run(loaded, tmp_path / "run")
    run_recipe(loaded, folder, store, Silent(), until=loaded.steps[0].name)
    facts = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
    going_on = {name: value for name, value in facts.items() if name not in ("ended", "problem")}
    (folder / PROGRESS).write_text(json.dumps(going_on), encoding="utf-8")
    watch = Watch(folder, run_forecast)
    watch.state()
    deadline = time.monotonic() + 20
    while watch.state()["expected"] is None and time.monotonic() < deadline:
        time.sleep(0.05)
    state = watch.state()
    assert state["expected_problem"] == ""
    assert state["progress"]["budget"] == {"requests": 500}
    made = {stage["name"] for stage in state["stages"] if stage["made"]}
    assert made and not made & set(state["expected"])
    ahead = next(iter(state["expected"].values()))
    assert set(ahead) == {"rows", "requests", "usd", "seconds"}
    assert state["used"]["usd"] is not None
