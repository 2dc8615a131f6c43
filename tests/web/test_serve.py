"""`tutelage serve`: OpenAI's API over one model, asked by OpenAI's client and by our own engine."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tutelage.accounting.ledger import Usage
from tutelage.cli.app import app
from tutelage.contract.context import local_context
from tutelage.contract.plain_inputs import make_model
from tutelage.core.artifacts import Rows
from tutelage.core.errors import InputError
from tutelage.models.chat import Completion, Request
from tutelage.verifiers.tool_calls import calls_in
from tutelage.web.model_worker import ModelWorker
from tutelage.web.openai_api import Access, OpenAiApi
from tutelage.web.serve_endpoint import serve_endpoint
from typer.testing import CliRunner

from tests.report.handmade import HandMade, rows, use

Client = TestClient[web.Request, web.Application]
NAME = "run/sft"
HELLO = {"model": NAME, "messages": [{"role": "user", "content": "Hello"}]}

FUNCTION = {
    "name": "tide",
    "description": "The tide of a place.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
}
TIDE = {"type": "function", "function": FUNCTION}
STRICT = {"type": "function", "function": FUNCTION | {"strict": True}}
CALL = '<tool_call>{"name": "tide", "arguments": {"place": "Elsmere"}}</tool_call>'
CALLED = {"name": "tide", "arguments": '{"place": "Elsmere"}'}
CALLING = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": CALLED}],
}


class Echo:
    """Answers with the last turn; notes how many requests it was given together."""

    def __init__(self) -> None:
        self.together: list[int] = []
        self.asked: list[Request] = []
        self.gate = threading.Event()
        self.gate.set()

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        self.gate.wait(10)
        batch = list(requests)
        self.together.append(len(batch))
        self.asked += batch
        for one in batch:
            text = one.messages[-1]["content"]
            usage = Usage(requests=1, input_tokens=3, output_tokens=len(text.split()))
            if text == "break":
                raise RuntimeError("the engine broke")
            if text == "long":
                yield Completion(one, "", "failed", usage, error="rejected: a prompt of 9 tokens")
            elif text == "think":
                yield Completion(one, "<think>well</think>yes", "stop", usage)
            else:
                cut = one.sampling.max_tokens < usage.output_tokens
                yield Completion(one, text, "length" if cut else "stop", usage)

    def close(self) -> None:
        pass


def _serving(
    talk: Callable[[Client, Echo], Awaitable[None]],
    access: Access = Access(),
    waiting: int = 64,
) -> None:
    async def whole() -> None:
        engine = Echo()
        worker = ModelWorker(engine, waiting)
        app = OpenAiApi(worker, NAME, access, most_tokens=64, window=2048).app()
        try:
            async with TestClient(TestServer(app)) as client:
                await talk(client, engine)
        finally:
            engine.gate.set()
            worker.close()

    asyncio.run(whole())


async def _post(client: Client, **more: Any) -> Any:
    answer = await client.post("/v1/chat/completions", json=HELLO | more)
    return answer.status, await answer.json()


def test_an_answer_has_openais_form() -> None:
    async def talk(client: Client, engine: Echo) -> None:
        status, body = await _post(client, max_tokens=1000, stop="x", seed=4, temperature=0)
        assert (status, body["object"], body["model"]) == (200, "chat.completion", NAME)
        (choice,) = body["choices"]
        assert choice["message"]["content"] == "Hello"
        assert choice["finish_reason"] == "stop"
        assert body["usage"] == {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
        sampling = engine.asked[0].sampling
        assert (sampling.max_tokens, sampling.stop, sampling.seed) == (64, ("x",), 4)
        parts = [{"type": "text", "text": "two "}, {"type": "text", "text": "parts"}]
        turns = [{"role": "developer", "content": "Be kind"}, {"role": "user", "content": parts}]
        _, body = await _post(client, messages=turns, n=2, max_completion_tokens=1)
        assert [one["message"]["content"] for one in body["choices"]] == ["two parts"] * 2
        assert {one["finish_reason"] for one in body["choices"]} == {"length"}
        assert body["usage"]["prompt_tokens"] == 3
        assert engine.asked[1].messages[0]["role"] == "system"
        assert engine.asked[1].sampling.seed != engine.asked[2].sampling.seed
        _, body = await _post(client, messages=[{"role": "user", "content": "think"}])
        message = body["choices"][0]["message"]
        assert (message["content"], message["reasoning_content"]) == ("yes", "well")

    _serving(talk)


@pytest.mark.parametrize(
    ("said", "content", "calls"),
    [
        (CALL, None, 1),
        (f"I look.\n{CALL}\n{CALL}", "I look.", 2),
        ('{"name": "tide", "parameters": {"place": "Elsmere"}}', None, 1),
        ("No tool is needed.", "No tool is needed.", 0),
        (CALL.replace("tide", "moon"), CALL.replace("tide", "moon"), 0),  # no tool that was shown
        (CALL.replace("}}", "}"), CALL.replace("}}", "}"), 0),  # no JSON
    ],
)
def test_calls_of_the_tools_that_were_shown_are_returned_apart(
    said: str, content: str | None, calls: int
) -> None:
    async def talk(client: Client, engine: Echo) -> None:
        turns = {"messages": [{"role": "user", "content": said}], "tools": [TIDE]}
        _, body = await _post(client, **turns)
        (choice,) = body["choices"]
        assert engine.asked[0].tools == (TIDE,)
        assert choice["message"]["content"] == content
        assert choice["finish_reason"] == ("tool_calls" if calls else "stop")
        found = choice["message"].get("tool_calls", [])
        assert [one["function"] for one in found] == [CALLED] * calls
        assert len({one["id"] for one in found}) == calls
        _, body = await _post(client, **turns, tool_choice="none")
        assert engine.asked[1].tools == ()
        (choice,) = body["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == (said, "stop")

    _serving(talk)


def test_calls_and_their_results_reach_the_model() -> None:
    async def talk(client: Client, engine: Echo) -> None:
        result = {"role": "tool", "tool_call_id": "c1", "content": "high at 6"}
        turns = [*HELLO["messages"], CALLING, result]
        _, body = await _post(client, messages=turns, tools=[TIDE])
        assert body["choices"][0]["message"]["content"] == "high at 6"
        _, called, told = engine.asked[0].messages
        function = {"name": "tide", "arguments": {"place": "Elsmere"}}
        assert called["tool_calls"] == [{"id": "c1", "type": "function", "function": function}]
        assert called["content"] == ""
        assert told == {"role": "tool", "name": "tide"} | result

    _serving(talk)


def test_a_stream_ends_with_its_usage_and_done() -> None:
    async def talk(client: Client, engine: Echo) -> None:
        options = {"stream": True, "stream_options": {"include_usage": True}}
        answer = await client.post("/v1/chat/completions", json=HELLO | options)
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        events = (await answer.text()).strip().split("\n\n")
        assert events[-1] == "data: [DONE]"
        data = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
        deltas = [one["choices"][0]["delta"] for one in data if one["choices"]]
        assert "".join(delta.get("content", "") for delta in deltas) == "Hello"
        assert data[-1]["usage"]["total_tokens"] == 4

    _serving(talk)


@pytest.mark.parametrize(
    ("more", "status", "param", "words"),
    [
        ({"model": "other"}, 404, None, "no model 'other' here"),
        ({"messages": []}, 400, "messages", "list of turns"),
        ({"messages": [{"role": "critic", "content": "x"}]}, 400, "messages[0]", "'role'"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "messages[0]", "'tool_call_id'"),
        ({"messages": [CALLING]}, 400, "messages[0]", "has the results"),
        ({"messages": [CALLING | {"tool_calls": [{"id": "1"}]}]}, 400, "messages[0]", "'name'"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            400,
            "messages[0]",
            "text",
        ),
        ({"temperature": 3}, 400, "temperature", "from 0 to 2"),
        ({"max_tokens": "9"}, 400, "max_tokens", "whole number"),
        ({"n": 99}, 400, "n", "from 1 to 8"),
        ({"tools": [{"type": "web_search"}]}, 400, "tools[0]", "'function'"),
        ({"tools": [{"type": "function"}]}, 400, "tools[0]", "needs a `name`"),
        ({"tools": [TIDE, TIDE]}, 400, "tools[1]", "stands above already"),
        ({"tools": [STRICT]}, 400, "tools[0]", "'strict'"),
        ({"tools": [TIDE], "tool_choice": "required"}, 400, "tool_choice", "no call can be forced"),
        ({"tools": [TIDE], "parallel_tool_calls": False}, 400, "parallel_tool_calls", "leave it"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format", "'text'"),
        ({"messages": [{"role": "user", "content": "long"}]}, 400, "messages", "too long"),
        ({"messages": [{"role": "user", "content": "break"}]}, 500, None, "the engine broke"),
    ],
)
def test_what_cannot_be_done_is_an_error_in_openais_form(
    more: dict[str, Any], status: int, param: str | None, words: str
) -> None:
    async def talk(client: Client, engine: Echo) -> None:
        found, body = await _post(client, **more)
        assert (found, body["error"]["param"]) == (status, param)
        assert words in body["error"]["message"]
        assert (await _post(client))[0] == 200  # the next one is served

    _serving(talk)


def test_no_json_and_no_such_path_have_that_form_too() -> None:
    async def talk(client: Client, engine: Echo) -> None:
        for answer in (
            await client.post("/v1/chat/completions", data=b"{"),
            await client.get("/v1/nothing"),
        ):
            assert answer.status in (400, 404)
            assert (await answer.json())["error"]["type"] == "invalid_request_error"

    _serving(talk)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer s3cret"}, 200),
        ({"Authorization": "Bearer s3cret", "Host": "evil.example"}, 403),
        ({"Authorization": "Bearer s3cret", "Origin": "https://evil.example"}, 403),
    ],
)
def test_only_who_may_is_let_in(headers: dict[str, str], status: int) -> None:
    async def talk(client: Client, engine: Echo) -> None:
        answer = await client.get("/v1/models", headers=headers)
        assert answer.status == status
        if status != 200:
            assert (await answer.json())["error"]["message"]

    _serving(talk, Access("s3cret"))


def test_requests_that_arrive_together_reach_the_engine_together() -> None:
    async def talk(client: Client, engine: Echo) -> None:
        engine.gate.clear()
        posts = [asyncio.create_task(_post(client)) for _ in range(8)]
        await asyncio.sleep(0.3)
        engine.gate.set()
        assert {status for status, _ in await asyncio.gather(*posts)} == {200}
        assert max(engine.together) == 8

    _serving(talk)


def test_more_than_it_can_hold_is_refused_for_now() -> None:
    async def talk(client: Client, engine: Echo) -> None:
        engine.gate.clear()
        posts = [asyncio.create_task(_post(client)) for _ in range(2)]
        await asyncio.sleep(0.2)
        status, body = await _post(client)
        assert (status, body["error"]["code"]) == (429, "rate_limit_exceeded")
        engine.gate.set()
        assert {status for status, _ in await asyncio.gather(*posts)} == {200}

    _serving(talk, waiting=2)


def _in_thread(talk: Callable[[str], None]) -> None:
    """A talk with the server by clients that block."""

    async def whole() -> None:
        worker = ModelWorker(Echo(), 64)
        app = OpenAiApi(worker, NAME, Access(), most_tokens=64, window=None).app()
        try:
            async with TestServer(app) as server:
                await asyncio.to_thread(talk, str(server.make_url("/v1")))
        finally:
            worker.close()

    asyncio.run(whole())


def test_our_own_endpoint_engine_is_answered(tmp_path: Path) -> None:
    def talk(url: str) -> None:
        model = make_model({"ref": f"{url}#{NAME}"}, "student")
        context = local_context(tmp_path)
        asked = [Request(str(n), ({"role": "user", "content": f"Say {n}"},)) for n in range(20)]
        found = {one.request.id: one.text for one in context.complete(model, asked)}
        asked = [Request("c", ({"role": "user", "content": CALL},), tools=(TIDE,))]
        calls = [one.text for one in context.complete(model, asked)]
        context.pool.release()
        context.journal.close()
        assert found == {str(n): f"Say {n}" for n in range(20)}
        assert [calls_in(text) for text in calls] == [calls_in(CALL)]

    _in_thread(talk)


def test_openais_own_client_is_answered() -> None:
    openai = pytest.importorskip("openai")

    def talk(url: str) -> None:
        with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
            assert [one.id for one in client.models.list()] == [NAME]
            turns = [{"role": "user", "content": "Hello there"}]
            answer = client.chat.completions.create(model=NAME, messages=turns, max_tokens=9)
            assert answer.choices[0].message.content == "Hello there"
            stream = client.chat.completions.create(model=NAME, messages=turns, stream=True)
            parts = [c.choices[0].delta.content for c in stream if c.choices]
            assert "".join(filter(None, parts)) == "Hello there"
            turns = [{"role": "user", "content": CALL}]
            asked = {"model": NAME, "messages": turns, "tools": [TIDE]}
            (choice,) = client.chat.completions.create(**asked).choices
            assert choice.finish_reason == "tool_calls"
            assert choice.message.tool_calls[0].function.arguments == CALLED["arguments"]
            told = {"role": "tool", "tool_call_id": choice.message.tool_calls[0].id, "content": "6"}
            asked["messages"] = [*turns, choice.message, told]
            assert client.chat.completions.create(**asked).choices[0].message.content == "6"
            asked["messages"] = turns
            stream = client.chat.completions.create(**asked, stream=True)
            parts = [part.choices[0] for part in stream if part.choices]
            (called,) = [one for part in parts for one in part.delta.tool_calls or []]
            assert (called.index, called.function.name) == (0, "tide")
            assert parts[-1].finish_reason == "tool_calls"
            with pytest.raises(openai.NotFoundError, match="no model"):
                client.chat.completions.create(model="x", messages=turns)
            with pytest.raises(openai.BadRequestError, match="not supported"):
                client.chat.completions.create(model=NAME, messages=turns, logprobs=True)

    _in_thread(talk)


def test_others_are_let_in_with_a_token_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(host: str, token: str | None) -> None:
        serve_endpoint(tmp_path, NAME, host, 0, token, 64, print)

    with pytest.raises(InputError, match="needs a token"):
        start("0.0.0.0", None)
    monkeypatch.delenv("NO_TOKEN", raising=False)
    with pytest.raises(InputError, match="NO_TOKEN: this environment variable is not set"):
        start("127.0.0.1", "NO_TOKEN")


def test_a_whole_run_in_place_of_a_model_is_told(tmp_path: Path) -> None:
    HandMade(tmp_path).stage("made", Rows(rows("made", 2)), {}, [use("made")])
    for command in (["serve", str(tmp_path)], ["export", str(tmp_path)]):
        result = CliRunner().invoke(app, command)
        assert isinstance(result.exception, InputError)
        assert "is a run; name one of its trained models" in str(result.exception)
