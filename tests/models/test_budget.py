"""Budgets: never crossed, reached cleanly, and gone on from."""

import contextlib
import json
import re
import signal
import threading
import time
from collections.abc import Callable, Generator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.core.errors import BudgetReached, InputError
from tutelage.models.budget import Budget, Budgets, Limits
from tutelage.models.chat import Completion
from tutelage.models.client import Client
from tutelage.models.journal import Journal
from tutelage.models.model import Model
from tutelage.testing.loopback import Loopback, Reply, chat_reply, question

from tests.models.generation_session import GenerationSession, ask, asks

PRICE = {"input": "1", "output": "2"}


def drain(client: Any, count: int = 100, **sampling: Any) -> tuple[list[str], str]:
    """What was answered, and the message of the budget with its advice if one was reached."""
    texts: list[str] = []
    try:
        texts.extend(c.text for c in client.complete(asks(count, **sampling)))
    except BudgetReached as reached:
        return texts, f"{reached} {' '.join(reached.settings)}"
    return texts, ""


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds, some seconds at most."""
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def test_the_number_of_requests_is_a_ceiling(desk: GenerationSession) -> None:
    with Loopback() as server:
        texts, said_why = drain(desk.client(server.url, Budgets(Limits(requests=30))))
        assert len(texts) == len(server.asked) == 30
        assert "requests 30 of 30" in said_why and "budget.requests=101" in said_why
        texts, said_why = drain(desk.client(server.url, Budgets(Limits(requests=101))))
        assert len(texts) == len(server.asked) == 100 and said_why == ""


def test_reserved_answers_can_not_cross_the_ceiling(desk: GenerationSession) -> None:
    """The server uses up every token it is allowed, on every request."""

    def greedy(body: dict[str, Any]) -> Reply:
        usage = {"prompt_tokens": 50, "completion_tokens": body["max_tokens"]}
        return Reply(chat_reply("x", "length", usage=usage).body, delay_seconds=0.002)

    limits = Limits(usd="0.01", output_tokens=650)
    with Loopback(greedy) as server:
        client = desk.client(server.url, Budgets(limits), price=PRICE)
        texts, why = drain(client, max_tokens=20)
    assert len(texts) == 32 == len(server.asked)
    assert "output_tokens 640 of 650" in why
    assert desk.ledger.total().output_tokens == 640


def test_short_answers_use_the_budget_up_to_its_end(desk: GenerationSession) -> None:
    """A reservation is freed when the answer is shorter; the money goes into further requests."""
    with Loopback() as server:
        budgets = Budgets(Limits(usd="0.001"))
        texts, why = drain(desk.client(server.url, budgets, price=PRICE), 500, max_tokens=100)
    spent = desk.ledger.total().usd
    assert spent == len(texts) * Decimal("0.000009")
    worst = Decimal("0.000001") * 150 + Decimal("0.0002")
    assert Decimal("0.001") - worst < spent <= Decimal("0.001")
    left = 500 - len(texts)
    cost = left * Decimal("0.000009")
    assert f"To finish this stage, it would need {left} more requests" in why
    assert f"about {left} output tokens, ${cost:.4f}" in why
    wanted = re.search(r"answered so far budget\.usd=([\d.]+)", why)
    assert wanted and spent + cost < Decimal(wanted[1]) <= spent + cost + worst


def test_a_model_has_a_budget_of_its_own(desk: GenerationSession) -> None:
    with Loopback() as server:
        client = desk.client(server.url, Budgets(Limits(requests=50)), budget={"requests": 7})
        texts, why = drain(client)
    assert len(texts) == 7 and "models.teacher.budget: requests 7 of 7" in why


def test_answers_of_earlier_runs_count_but_are_never_refused(desk: GenerationSession) -> None:
    with Loopback() as server:
        assert len(drain(desk.client(server.url), 20)[0]) == 20
        texts, why = drain(desk.client(server.url, Budgets(Limits(requests=10))), 25)
        assert len(texts) == 20 == len(server.asked) and why


def test_a_lost_answer_counts_at_its_worst(desk: GenerationSession) -> None:
    """What the server made and we never saw may be on its bill."""
    billed, lock = [0], threading.Lock()

    def answer(body: dict[str, Any]) -> Reply:
        with lock:
            billed[0] += body["max_tokens"]
        good = question(body).endswith("3")
        usage = {"prompt_tokens": 5, "completion_tokens": body["max_tokens"]}
        return chat_reply("x", usage=usage) if good else Reply(b'{"choi')

    with Loopback(answer) as server:
        client = desk.client(server.url, Budgets(Limits(output_tokens=1000)), in_flight=4)
        drain(client, max_tokens=50)
    assert 900 < billed[0] <= 1000


def test_what_an_earlier_run_lost_counts_in_the_next_and_never_twice(
    desk: GenerationSession, tmp_path: Path
) -> None:
    """The server may have charged it: three runs of 20 requests are not 60."""

    def answer(body: dict[str, Any]) -> Reply:
        return Reply(b"<html>") if question(body) in ("q1", "q2") else chat_reply("x")

    def again(limit: int, count: int) -> tuple[list[str], str]:
        desk.journal.close()
        desk.journal = Journal(tmp_path / "journal.sqlite")
        settings = {"attempts": 3, "in_flight": 1}
        return drain(desk.client(server.url, Budgets(Limits(requests=limit)), **settings), count)

    with Loopback(answer) as server:
        again(9, 6)  # four answers and two questions lost three times, of which nine may be sent
        for _ in range(3):
            _, why = again(9, 6)
            assert len(server.asked) == 9 and "requests 9 of 9" in why
        again(12, 8)
        assert len(server.asked) == 12


def test_answers_to_the_last_of_many_requests_count_before_the_first_is_sent(
    desk: GenerationSession,
) -> None:
    every = list(asks(100))
    with Loopback() as server:
        list(desk.client(server.url).complete(every[40:]))
        client = desk.client(server.url, Budgets(Limits(requests=70)))
        with pytest.raises(BudgetReached, match="requests 70 of 70"):
            list(client.complete(every))
        assert len(server.asked) == 70


@pytest.mark.parametrize("how", ["interrupted", "left", "closed"])
def test_what_was_under_way_when_a_run_ended_counts_in_the_next(
    desk: GenerationSession, tmp_path: Path, how: str
) -> None:
    """Ctrl-C does not take a request back: the server answers and charges it."""
    main = threading.get_ident()

    def slow(body: dict[str, Any]) -> Reply:
        if question(body) == "q4":  # four are waited for: the first is answered
            if how == "interrupted":
                signal.pthread_kill(main, signal.SIGINT)
            return chat_reply("x")
        return Reply(chat_reply("x").body, delay_seconds=0.0 if question(body) == "q0" else 30.0)

    with Loopback(slow) as server:
        budgets = Budgets(Limits(requests=9))
        client = desk.client(server.url, budgets, in_flight=4)
        answers = cast("Generator[Completion]", client.complete(asks(20)))
        with contextlib.suppress(KeyboardInterrupt):
            assert [next(answers).text for _ in range(2)] == ["x", "x"]
            wait_for(lambda: len(server.asked) == 6)
        if how == "closed":
            desk.engines[-1].close()
        else:
            answers.close()
        assert how == "interrupted" or len(list(desk.journal.entries())) == 2
        desk.journal.close()
        desk.journal = Journal(tmp_path / "journal.sqlite")
        with Loopback() as quick:
            model = desk.model(server.url)  # as it was, but at another place
            budgets = Budgets(Limits(requests=9))
            open_engine = partial(desk.engine, quick.url)
            again = Client(model, open_engine, desk.journal, desk.ledger, "s", budgets.of(model))
            drain(again, 20)
            both = len(server.asked) + len(quick.asked)
            assert both == 9 or (how == "interrupted" and both < 9)  # some did not get that far


def test_usd_without_a_price_is_refused(desk: GenerationSession) -> None:
    model = desk.model("http://127.0.0.1:9/v1")
    with pytest.raises(InputError, match=r"models\.teacher\.price"):
        Budgets(Limits(usd=1.0)).check(model)
    own = desk.model("http://127.0.0.1:9/v1", budget={"usd": "1"})
    with pytest.raises(InputError, match="needs its price"):
        Budgets().of(own)
    Budgets(Limits(requests=1)).check(model)
    Budgets(Limits(usd=1.0)).check(desk.model("http://127.0.0.1:9/v1", price=PRICE))


def test_a_free_model_is_within_any_budget(desk: GenerationSession) -> None:
    with Loopback() as server:
        free = {"input": 0, "output": 0}
        texts, why = drain(desk.client(server.url, Budgets(Limits(usd=0.0)), price=free))
    assert len(texts) == 100 and not why


def test_the_worst_case_bounds_the_prompt_by_its_bytes(desk: GenerationSession) -> None:
    request = ask("€" * 1000, max_tokens=1)
    budgets = Budgets(Limits(usd="0.003"))
    with Loopback() as server:
        client = desk.client(server.url, budgets, price={"input": 1, "output": 0})
        with pytest.raises(BudgetReached):
            list(client.complete([request]))
        assert server.asked == []
    assert desk.ledger.total() == Usage()


def test_the_worst_case_bounds_what_a_schema_and_extra_fields_add_to_the_prompt(
    desk: GenerationSession,
) -> None:
    """A server shows the model both, and charges for them."""

    def counting(body: dict[str, Any]) -> Reply:
        read = json.dumps([body.get("response_format"), body.get("tools")])
        usage = {"prompt_tokens": 20 + len(read) // 4, "completion_tokens": 5}
        return chat_reply('{"a": 1}', usage=usage)

    schema = {"type": "object", "properties": {f"name{n}": {"type": "null"} for n in range(200)}}
    for shown, extra in ((schema, {}), (None, {"tools": [schema]})):
        budgets = Budgets(Limits(usd="0.03"))
        with Loopback(counting) as server:
            before = desk.ledger.total().usd or Decimal(0)
            client = desk.client(server.url, budgets, price=PRICE, extra=extra)
            texts, why = drain(client, max_tokens=16, schema=shown)
        assert texts and why
        assert (desk.ledger.total().usd or Decimal(0)) - before <= Decimal("0.03")


def test_answers_without_a_limit_are_refused_where_a_budget_needs_one(
    desk: GenerationSession,
) -> None:
    def of(**extra: Any) -> Model:
        return desk.model("http://127.0.0.1:9/v1", price=PRICE, extra=extra)

    for limits in (Limits(usd=1.0), Limits(output_tokens=100)):
        with pytest.raises(InputError, match=r"models\.teacher\.extra\.max_completion_tokens"):
            Budgets(limits).check(of(max_tokens=None))
        Budgets(limits).check(of(max_tokens=None, max_completion_tokens=50))
        Budgets(limits).check(of(max_completion_tokens=None))
    Budgets(Limits(requests=5)).check(of(max_tokens=None))
    free = {"input": 0, "output": 0}
    endless = desk.model("http://127.0.0.1:9/v1", price=free, extra={"max_tokens": None})
    Budgets(Limits(usd=1.0)).check(endless)
    with Loopback() as server:
        own = Budget(Limits(output_tokens=1_000_000), "budget")
        open_engine = partial(desk.engine, server.url)  # a client from Python, nothing checked
        client = Client(of(max_tokens=None), open_engine, desk.journal, desk.ledger, "s", [own])
        assert drain(client)[0] == [] and server.asked == []


def test_finished_stages_of_earlier_runs_count(desk: GenerationSession) -> None:
    budgets = Budgets(Limits(requests=50), {"teacher": Limits(requests=40)})
    budgets.count("teacher", "", Usage(requests=29))
    for _ in range(2):
        budgets.count("teacher", "key", Usage(1, 5, output_tokens=3))
    with Loopback() as server:
        texts, why = drain(desk.client(server.url, budgets, budget={"requests": 40}))
    assert len(texts) == 10 and "requests 40 of 40" in why
