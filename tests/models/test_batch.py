"""Asking through a batch API: half the price, nothing asked twice, whatever ends the run."""

import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tutelage.contract.context import Context, local_context
from tutelage.core.errors import RetryableError, TerminalError
from tutelage.models.batch_records import BATCHES, BatchRecords
from tutelage.models.batch_settings import BatchSettings
from tutelage.models.chat import Completion, Request, Sampling
from tutelage.models.engine_pool import open_engine
from tutelage.models.engines.anthropic_batches import AnthropicBatches
from tutelage.models.engines.wire import Wire
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference

from tests.models.batch_server import BatchServer

FORMS = ("openai", "anthropic")


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutelage.models.engines.batch_api._PATIENCE_SECONDS", 0.0)


def teacher(url: str, form: str, **settings: Any) -> Model:
    batch = {"form": form, "poll_seconds": 0.01} | settings
    config = ModelConfig.model_validate(
        {"ref": f"{url}#tiny", "price": {"input": 2, "output": 8}, "batch": batch}
    )
    return Model("teacher", parse_reference(config.ref, Path()), config, "tiny")


def requests(count: int) -> list[Request]:
    system = {"role": "system", "content": "Be brief."}
    return [
        Request(f"r{n}", (system, {"role": "user", "content": f"q{n}"}), Sampling(max_tokens=9))  # type: ignore[arg-type]
        for n in range(count)
    ]


def asked(folder: Path, model: Model, count: int) -> list[Completion]:
    context = local_context(folder)
    try:
        found = list(context.complete(model, requests(count)))
        return sorted(found, key=lambda one: int(one.request.id[1:]))
    finally:
        context.pool.release()
        context.journal.close()


def spend(folder: Path, model: Model, count: int) -> Context:
    context = local_context(folder)
    list(context.complete(model, requests(count)))
    context.pool.release()
    context.journal.close()
    return context


def test_requests_go_together_and_cost_half(tmp_path: Path, form: str) -> None:
    with BatchServer() as server:
        found = asked(tmp_path, teacher(server.url, form), 5)
        assert [one.text for one in found] == [f"re q{n}" for n in range(5)]
        assert len(server.batches) == 1 and server.chats == 0
    usage = found[0].usage
    assert (usage.input_tokens, usage.output_tokens) == (10, 4)
    assert usage.usd == Decimal("0.000026")  # (10 * 2 + 4 * 8) / 1e6, halved
    assert list((tmp_path / BATCHES).iterdir()) == []


def test_more_than_a_batch_takes_is_several(tmp_path: Path, form: str) -> None:
    with BatchServer() as server:
        found = asked(tmp_path, teacher(server.url, form, most_requests=2), 5)
        assert [len(batch.requests) for batch in server.batches] == [2, 2, 1]
    assert len(found) == 5


def test_large_requests_are_spread_over_batches(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.models.engines.batch._MOST_BYTES", 700)
    with BatchServer() as server:
        assert len(asked(tmp_path, teacher(server.url, form), 5)) == 5
        assert len(server.batches) > 1


def test_a_message_request_has_its_system_turn_apart(tmp_path: Path) -> None:
    with BatchServer() as server:
        asked(tmp_path, teacher(server.url, "anthropic"), 1)
        (sent,) = server.batches[0].requests.values()
    assert sent["system"] == "Be brief." and [t["role"] for t in sent["messages"]] == ["user"]
    assert sent["max_tokens"] == 9 and "seed" not in sent


def test_the_key_goes_where_each_provider_looks_for_it(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "secret-secret")
    with BatchServer() as server:
        model = teacher(server.url, form)
        config = model.config.model_copy(update={"key_env": "A_KEY"})
        asked(tmp_path, Model("teacher", model.reference, config, "tiny"), 1)
        name = {"openai": "authorization", "anthropic": "x-api-key"}[form]
        assert all("secret-secret" in headers[name] for headers in server.headers)
    assert "secret" not in "".join(
        f.read_text("utf-8", "replace") for f in tmp_path.rglob("*.json")
    )


class Killed(BaseException):
    """What ends a run in a test as a kill would: nothing is tidied up."""


def interrupted_while_waiting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def sleep(seconds: float) -> None:
        raise Killed

    monkeypatch.setattr("tutelage.models.engines.batch.time.sleep", sleep)
    return lambda: monkeypatch.undo()


def test_a_batch_under_way_is_collected_by_the_next_run(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer(held=True) as server:
        model = teacher(server.url, form)
        go_on = interrupted_while_waiting(monkeypatch)
        with pytest.raises(Killed):
            asked(tmp_path, model, 4)
        go_on()
        server.held = False
        assert [one.text for one in asked(tmp_path, model, 6)] == [f"re q{n}" for n in range(6)]
        assert sorted(server.questions()) == [f"q{n}" for n in range(6)]


def test_batches_are_under_way_side_by_side(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BatchServer(held=True) as server:
        interrupted_while_waiting(monkeypatch)
        with pytest.raises(Killed):
            asked(tmp_path, teacher(server.url, form, most_requests=2), 5)
        assert [len(batch.requests) for batch in server.batches] == [2, 2, 1]


def test_a_batch_whose_id_never_arrived_is_found(tmp_path: Path, form: str) -> None:
    with BatchServer(silent_submits=1) as server:
        model = teacher(server.url, form)
        with pytest.raises(RetryableError):
            asked(tmp_path, model, 4)
        assert len(asked(tmp_path, model, 4)) == 4
        assert len(server.batches) == 1


def test_one_that_never_reached_the_server_is_handed_in_again(tmp_path: Path, form: str) -> None:
    with BatchServer() as server:
        model = teacher(server.url, form)
        BatchRecords(tmp_path / BATCHES).begin(server.url, [f"none-{n}" for n in range(4)])
        records = BatchRecords(tmp_path / BATCHES)
        assert len(records.unfinished(server.url)) == 1
        server.refuse_submit = 503
        with pytest.raises(RetryableError):
            asked(tmp_path, model, 4)
        server.refuse_submit = 0
        assert len(asked(tmp_path, model, 4)) == 4
        assert len(server.batches) == 1


def test_killed_between_answers_and_their_record_asks_nothing_again(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: object) -> None:
        raise Killed

    with BatchServer() as server:
        model = teacher(server.url, form)
        monkeypatch.setattr(BatchRecords, "drop", killed)
        with pytest.raises(Killed):
            asked(tmp_path, model, 3)
        monkeypatch.undo()
        monkeypatch.setattr("tutelage.models.engines.batch_api._PATIENCE_SECONDS", 0.0)
        assert all(one.cached for one in asked(tmp_path, model, 3))
        assert len(asked(tmp_path, model, 5)) == 5
        assert sorted(server.questions()) == [f"q{n}" for n in range(5)]


def test_what_expired_or_failed_for_now_goes_into_another_batch(tmp_path: Path, form: str) -> None:
    tries: dict[str, int] = {}

    def sometimes(text: str, request: dict[str, Any]) -> dict[str, Any] | None:
        tries[text] = tries.get(text, 0) + 1
        if text == "q1" and tries[text] == 1:
            return None
        if text == "q2" and tries[text] == 1:
            return {"status": 500, "words": "oops"}
        return {"text": f"re {text}"}

    with BatchServer(sometimes) as server:
        # The stand-in makes the answers of an OpenAI batch when its state is asked for.
        found = asked(tmp_path, teacher(server.url, form), 4)
        assert [one.text for one in found] == [f"re q{n}" for n in range(4)]
        assert [len(batch.requests) for batch in server.batches] == [4, 2]


def test_what_is_never_answered_fails_alone(tmp_path: Path, form: str) -> None:
    def never(text: str, request: dict[str, Any]) -> dict[str, Any] | None:
        return None if text == "q1" else {"text": "ok"}

    with BatchServer(never) as server:
        found = asked(tmp_path, teacher(server.url, form), 3)
        assert [one.finish_reason for one in found] == ["stop", "failed", "stop"]
        assert len(server.batches) == 3
        assert "expired" in (found[1].error or "")


def test_a_rejected_request_fails_alone_and_costs_nothing(tmp_path: Path, form: str) -> None:
    def rejects(text: str, request: dict[str, Any]) -> dict[str, Any]:
        return {"status": 400, "words": "bad prompt"} if text == "q1" else {"text": "ok"}

    with BatchServer(rejects) as server:
        found = asked(tmp_path, teacher(server.url, form), 3)
    assert found[1].finish_reason == "failed" and "bad prompt" in (found[1].error or "")
    assert found[1].usage.requests == 0


def test_a_field_that_the_server_refuses_is_left_out_next_time(tmp_path: Path) -> None:
    def picky(text: str, request: dict[str, Any]) -> dict[str, Any]:
        if "max_tokens" in request:
            words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            return {
                "status": 400,
                "words": f"{words}'max_completion_tokens' instead.",
                "param": "max_tokens",
            }
        return {"text": "ok"}

    with BatchServer(picky) as server:
        found = asked(tmp_path, teacher(server.url, "openai"), 2)
        assert [one.text for one in found] == ["ok", "ok"]
        assert all("max_completion_tokens" in r for r in server.batches[-1].requests.values())


def test_a_batch_refused_as_a_whole_says_why(tmp_path: Path) -> None:
    with BatchServer() as server:
        make = server.add

        def refused(requests: dict[str, dict[str, Any]], metadata: dict[str, str]) -> Any:
            batch = make(requests, metadata)
            batch.problem = "token limit exceeded"
            return batch

        server.add = refused  # type: ignore[method-assign]
        with pytest.raises(TerminalError, match=r"token limit exceeded.*most_requests"):
            asked(tmp_path, teacher(server.url, "openai"), 2)
    assert list((tmp_path / BATCHES).iterdir()) == []


def test_a_server_without_batches_is_named_with_the_cure(tmp_path: Path, form: str) -> None:
    with BatchServer() as server:
        model = teacher(server.url.replace("/v1", "/v9"), form)
        with pytest.raises(TerminalError, match="leave out `batch`"):
            asked(tmp_path, model, 1)
    assert list((tmp_path / BATCHES).iterdir()) == []


def test_a_budget_counts_batches_at_their_price(tmp_path: Path, form: str) -> None:
    with BatchServer() as server:
        context = spend(tmp_path, teacher(server.url, form), 4)
    assert context.ledger.spent().usd == 4 * Decimal("0.000026")


def test_where_nobody_can_wait_requests_go_singly_at_full_price(tmp_path: Path) -> None:
    with BatchServer() as server:
        (found,) = asked(tmp_path, teacher(server.url, "openai").singly(), 1)
        assert (server.chats, server.batches) == (1, [])
    assert found.usage.usd == Decimal("0.000052")


def test_the_user_reads_how_far_a_batch_is(tmp_path: Path) -> None:
    lines: list[str] = []
    with BatchServer(held=True) as server:
        model = teacher(server.url, "openai")
        records = BatchRecords(tmp_path / BATCHES, lines.append)
        engine = open_engine(model, records)
        threading.Timer(0.1, lambda: setattr(server, "held", False)).start()
        assert len(list(engine.complete(requests(2)))) == 2
        engine.close()
    assert "handed in with 2 requests" in lines[0] and "0 of 2 answered" in lines[1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"ref": "./folder", "batch": True}, "no endpoint"),
        ({"ref": "http://a/v1#m", "batch": True, "more_urls": ["http://b/v1"]}, "more_urls"),
        ({"ref": "http://a/v1#m", "batch": {"price_share": 2}}, "price_share"),
        ({"ref": "http://a/v1#m", "batch": {"form": "mine"}}, "form"),
    ],
)
def test_settings_that_cannot_be_are_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ModelConfig.model_validate(fields)


def test_the_form_goes_by_the_address() -> None:
    short = ModelConfig.model_validate({"ref": "http://a/v1#m", "batch": True})
    assert short.batch == BatchSettings()
    assert ModelConfig.model_validate({"ref": "http://a/v1#m", "batch": False}).batch is None
    assert BatchSettings().form_for("https://api.anthropic.com/v1") == "anthropic"
    assert BatchSettings().form_for("https://api.openai.com/v1") == "openai"


def test_a_message_batch_carries_only_what_its_api_takes() -> None:
    model = teacher("http://localhost/v1", "anthropic")
    config = model.config.model_copy(update={"template": {"enable_thinking": False}})
    began: Any = ({"role": "user", "content": "q"}, {"role": "assistant", "content": "Well,"})
    sampling = Sampling(9, 0.7, 0.9, ("\n",), 7, {"type": "object"})
    fields = Wire(replace(model, config=config), "tiny", "").fields(Request("r", began, sampling))
    params = AnthropicBatches(None).entry("r", fields)["params"]  # type: ignore[arg-type]
    taken = {"model", "messages", "max_tokens", "temperature", "top_p", "stop_sequences"}
    assert set(params) == taken and params["messages"] == list(began)
