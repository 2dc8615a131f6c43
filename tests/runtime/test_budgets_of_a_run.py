"""Budgets over a run's stages: what was paid counts once, before anything more is sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Silent
from tutelage.core.errors import BudgetReached, StageError
from tutelage.core.store import Store
from tutelage.models.engines.scripted import docile
from tutelage.recipe.load_recipe import load_recipe
from tutelage.report.report_data import build_report
from tutelage.runtime.run import Run
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed

from tests.trees import harbour, write

ONE = "one={use: evaluate, general: false, models: [a], metric: token_f1}"
TWO = "two={use: evaluate, general: false, models: [b]}"
ASK = "ask={use: instructions, teacher: a, max_failed: 1, max_tokens: 100}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a taxonomy."""
    harbour(tmp_path / "tree")
    return tmp_path


def run(place: Path, models: dict[str, Any], stages: list[str], **budget: float) -> None:
    """One invocation with the stages that are given as `name={field: value, ...}`."""
    recipe = {"taxonomy": "tree", "models": models, "stages": {}, "budget": budget or None}
    file = write(place / "mine.yaml", json.dumps(recipe))
    settings = [f"stages.{stage}" for stage in stages]
    Run(load_recipe(file, settings), place / "run", Store(place / "store"), Silent()).execute()


def obedient(body: dict[str, Any]) -> Reply:
    """What the scripted model would say."""
    if "messages" not in body:
        return failed(404, "no list of models")
    return chat_reply(docile(tuple(body["messages"]), body["seed"]))


def cost(place: Path) -> dict[str, Any]:
    """The cost in the run's report."""
    told: dict[str, Any] = build_report(place / "run")["cost"]
    return told


def asked(server: Loopback) -> int:
    """How many chats were answered."""
    return sum("messages" in body for body in server.asked)


def test_answers_that_two_stages_share_count_once(place: Path) -> None:
    with Loopback(obedient) as server:
        models = {"a": f"{server.url}#tiny", "b": f"{server.url}#tiny"}
        run(place, models, [ONE, TWO])
        limit = asked(server) + 2
        for _ in range(2):  # finds two stages; then also answers of the one that stopped
            with pytest.raises(BudgetReached, match=f"stage 'ask': .*requests {limit} of {limit}"):
                run(place, models, [ONE, TWO, ASK], requests=limit)
            assert asked(server) == limit


def test_finished_stages_count_before_an_earlier_one_asks_anything(place: Path) -> None:
    with Loopback(obedient) as server:
        models = {"a": f"{server.url}#a", "b": f"{server.url}#b"}
        run(place, models, [ONE, TWO])
        before = asked(server)
        with pytest.raises(BudgetReached, match=r"stage 'one': .*requests 3 of 3"):
            run(place, models, [ONE.replace("}", ", samples: 3}"), TWO], requests=3)
        assert asked(server) == before + 2  # the third is what 'two' has


def test_what_a_finished_stage_lost_counts_at_its_worst(place: Path) -> None:
    said_nothing: list[int] = []

    def lossy(body: dict[str, Any]) -> Reply:
        if "Bris" not in str(body) or "messages" not in body:
            return obedient(body)
        said_nothing.append(body["max_tokens"])
        return Reply(b"", silent=True)

    with Loopback(lossy) as server:
        models = {"a": {"ref": f"{server.url}#a", "attempts": 1}, "b": f"{server.url}#b"}
        run(place, models, [ASK])
        before = asked(server)
        assert said_nothing and before > len(said_nothing)
        with pytest.raises(BudgetReached, match="stage 'two'"):
            run(place, models, [ASK, TWO], output_tokens=sum(said_nothing))
        assert asked(server) == before


def test_a_price_given_later_charges_what_was_paid_before(place: Path) -> None:
    """It is on the bill: in the report, and against a budget in USD."""
    price = {"input": "0", "output": "10000"}  # a cent for each word
    with Loopback(obedient) as server:
        unpriced = {"a": {"ref": f"{server.url}#a"}, "b": {"ref": f"{server.url}#b"}}
        run(place, unpriced, [ONE, TWO])
        assert cost(place)["usd_provider"] is None
        models = {name: settings | {"price": price} for name, settings in unpriced.items()}
        stages = [ONE, TWO, TWO.replace("two", "again")]  # found, and asked what is in the journal
        run(place, models, stages)
        told = cost(place)
        words = told["output_tokens"]
        assert told["usd_provider"] == pytest.approx(words / 100) and words and asked(server) == 2
        for name in ("by_stage", "by_model", "by_leaf", "by_purpose"):
            assert sum(line["usd_provider"] for line in told[name]) == told["usd_provider"]
        with pytest.raises(BudgetReached, match=rf"stage 'ask': .*usd {words / 100:.2f} of"):
            run(place, models, [*stages, ASK], usd=words / 100 + 0.5)
        assert asked(server) == 2
        dearer = {
            name: settings | {"price": price | {"output": "9"}}
            for name, settings in unpriced.items()
        }
        run(place, dearer, stages)
        assert cost(place)["usd_provider"] == told["usd_provider"]


def test_what_was_lost_before_its_price_was_known_is_charged_by_it(place: Path) -> None:
    with Loopback(lambda body: Reply(b"", silent=True)) as server:
        model = {"ref": f"{server.url}#a", "attempts": 1}
        with pytest.raises(StageError):
            run(place, {"a": model}, [ONE])
        assert asked(server) == 1
        model |= {"price": {"input": "0", "output": "10000"}}
        with pytest.raises(BudgetReached, match=r"stage 'one': .*usd 1\.92 of 3"):
            run(place, {"a": model}, [ONE], usd=3)  # 192 tokens at most, twice
        assert asked(server) == 1


def test_all_that_a_stopped_stage_lost_counts_before_it_asks_again(place: Path) -> None:
    """Not only that of the requests looked up so far, a few at a time."""
    with Loopback(lambda body: Reply(b"", silent=True)) as server:
        model = {"ref": f"{server.url}#a", "attempts": 1}
        many = ONE.replace("}", ", samples: 50}")
        with pytest.raises(StageError):
            run(place, {"a": model}, [many])
        assert asked(server) == 50
        with pytest.raises(BudgetReached, match=r"requests 60 of 60"):
            run(place, {"a": model}, [many], requests=60)
        assert asked(server) == 60
