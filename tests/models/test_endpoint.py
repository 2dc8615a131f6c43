"""The endpoint engine against a loopback server that behaves, misbehaves, and goes away."""

import random
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.core.errors import ModelReferenceError, RetryableError, TerminalError
from tutelage.models.chat import Completion, Request, Sampling
from tutelage.models.engines.wire import retry_after_seconds
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed, question

from tests.models.generation_session import GenerationSession, ask, asks

Body = dict[str, Any]


def first_wrong(wrong: Reply, times: int = 1) -> Callable[[Body], Reply]:
    """A server that answers each question wrongly at first."""
    seen: dict[str, int] = {}

    def answer(body: Body) -> Reply:
        text = question(body)
        seen[text] = seen.get(text, 0) + 1
        return wrong if seen[text] <= times else chat_reply(text.upper())

    return answer


def only(completions: Any) -> Completion:
    (completion,) = completions
    assert isinstance(completion, Completion)
    return completion


def test_every_request_is_answered_once_with_the_servers_usage(desk: GenerationSession) -> None:
    with Loopback() as server:
        found = {c.request.id: c for c in desk.engine(server.url).complete(asks(300))}
    assert len(found) == 300 and all(c.text == name for name, c in found.items())
    assert (found["q1"].usage.input_tokens, found["q1"].usage.output_tokens) == (7, 1)
    assert found["q1"].finish_reason == "stop" and not found["q1"].usage.estimated
    assert set(server.questions().values()) == {1}


def test_what_a_user_would_say_is_asked_of_completions(desk: GenerationSession) -> None:
    """As Magpie asks: the text before a user's turn, and no chat."""

    def answer(body: Body) -> Reply:
        assert body["prompt"] == "<user>" and "messages" not in body
        return Reply(b'{"choices": [{"text": "Where is it?", "finish_reason": "stop"}]}')

    request = Request("a", ({"role": "pre_query", "content": "<user>"},), Sampling(9))
    with Loopback(answer) as server:
        found = only(desk.engine(server.url).complete([request]))
    assert (found.text, found.finish_reason) == ("Where is it?", "stop")
    assert server.headers[0].split()[:2] == ["POST", "/v1/completions"]


def test_the_body_says_what_was_asked_for(desk: GenerationSession) -> None:
    schema = {"type": "object"}
    sampling = Sampling(9, 0.5, 0.9, ("\n",), 3, schema)
    request = Request("a", ({"role": "user", "content": "hi"},), sampling)
    with Loopback() as server:
        only(desk.engine(server.url, extra={"top_k": 4, "seed": None}).complete([request]))
    form = {"name": "answer", "schema": schema, "strict": True}
    assert server.asked == [
        {
            "model": "tiny",
            "messages": [{"role": "user", "content": "hi"}],
            "max_tokens": 9,
            "temperature": 0.5,
            "top_p": 0.9,
            "stop": ["\n"],
            "response_format": {"type": "json_schema", "json_schema": form},
            "top_k": 4,
        }
    ]


def test_a_query_in_the_url_ends_every_servers_path(desk: GenerationSession) -> None:
    with Loopback() as server, Loopback() as other:
        one, two = (f"{there.url}/?api-version=2024-10-21" for there in (server, other))
        assert len(list(desk.engine(one, more_urls=[two]).complete(asks(20)))) == 20
        for head in (*server.headers, *other.headers):
            assert head.startswith("POST /v1/chat/completions?api-version=2024-10-21 HTTP")


def test_connections_are_kept_and_the_ceiling_holds(desk: GenerationSession) -> None:
    slow = lambda body: Reply(chat_reply("x").body, delay_seconds=0.002)  # noqa: E731
    with Loopback(slow) as server:
        engine = desk.engine(server.url, in_flight=5)
        assert len(list(engine.complete(asks(60)))) == 60
        assert len(list(engine.complete(asks(5)))) == 5
    assert server.most_at_once <= 5 and server.connections <= 5


def test_requests_are_taken_only_a_little_ahead(desk: GenerationSession) -> None:
    taken = 0

    def counting() -> Any:
        nonlocal taken
        for request in asks(1000):
            taken += 1
            yield request

    with Loopback() as server:
        answers = desk.engine(server.url, in_flight=8).complete(counting())
        for given in range(1, 20):
            next(answers)
            assert taken <= given + 16
        assert isinstance(answers, Generator)
        answers.close()


BROKEN_CHOICE = {"message": {"content": ""}, "error": {"code": 502}}


@pytest.mark.parametrize(
    ("wrong", "times"),
    [
        (failed(429, "slow down"), 3),
        (failed(429, "slow down", Retry_After="0"), 2),
        (failed(429, "Add a payment method at /account/billing", "rate_limit_exceeded"), 2),
        (failed(429, "Slow down, or see the billing page", Retry_After="0.01"), 2),
        (failed(429, "Your tier has 3 a minute; billing may raise it"), 2),
        (failed(500, "oops"), 5),
        (failed(503, "loading"), 3),
        (Reply(failed(500, "inside a 200").body), 4),
        (Reply(failed(429, "inside a 200", "429").body), 4),
        (Reply(failed(429, "inside a 200", "\u00b2").body), 4),
        (Reply(failed(429, "inside a 200", "9" * 5000).body), 4),
    ],
)
def test_refusals_are_tried_again(desk: GenerationSession, wrong: Reply, times: int) -> None:
    with Loopback(first_wrong(wrong, times)) as server:
        found = list(desk.engine(server.url).complete(asks(3)))
    assert {c.text for c in found} == {"Q0", "Q1", "Q2"}
    assert all(c.usage.requests == 1 for c in found)
    assert set(server.questions().values()) == {times + 1}


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (Reply(b'{"choices": [{"mess'), "malformed"),
        (Reply(b"<html>busy</html>"), "malformed"),
        (Reply(b"\xff\xfe\x00"), "malformed"),
        (Reply(b"[" * 100_000), "malformed"),
        (Reply(b'{"choices": []}'), "malformed"),
        (chat_reply("x", choices=["x"]), "malformed"),
        (chat_reply("x", choices=[{"message": "x"}]), "malformed"),
        (chat_reply("x", choices=[{"message": {"content": ["a", "b"]}}]), "malformed"),
        (
            chat_reply("x", choices=[{"message": {"content": "a"}, "finish_reason": ["stop"]}]),
            "malformed",
        ),
        (chat_reply("half a sent", "abort"), "broken_off"),
        (chat_reply("half a sent", "insufficient_system_resource"), "broken_off"),
        (
            chat_reply("", choices=[{"message": {"content": ""}, "error": {"code": 502}}]),
            "broken_off",
        ),
        (Reply(chat_reply("x").body, length=5000, hang_up=True), "truncated"),
        (Reply(chat_reply("x").body, length=30), "malformed"),
        (Reply(b"", silent=True), "disconnected"),
        (failed(504, "gateway time-out"), "timeout"),
        (Reply(b'"' + b"x" * (17 << 20) + b'"'), "too_large"),
    ],
)
def test_a_lost_answer_is_failed_with_its_kind_and_asked_again_by_the_client(
    desk: GenerationSession, wrong: Reply, kind: str
) -> None:
    with Loopback(first_wrong(wrong)) as server:
        lost = only(desk.engine(server.url).complete([ask("q")]))
        assert lost.finish_reason == "failed" and lost.lost
        assert lost.error is not None and lost.error.startswith(f"{kind}: ")
    with Loopback(first_wrong(wrong)) as server:
        assert only(desk.client(server.url).complete([ask("q")])).text == "Q"
        assert server.questions() == {"q": 2}


def test_silence_is_a_time_out(desk: GenerationSession) -> None:
    never = Reply(b"", delay_seconds=30)
    with Loopback(lambda body: never) as server:
        lost = only(desk.engine(server.url, timeout_seconds=0.05).complete([ask("q")]))
    assert lost.lost and lost.error == "timeout: no answer in 0.05 s"


@pytest.mark.parametrize(
    ("reply", "reason", "text"),
    [
        (chat_reply("cut", "length"), "length", "cut"),
        (chat_reply("cut", "MAX_TOKENS"), "length", "cut"),
        (chat_reply("", choices=[{"message": {}, "finish_reason": "length"}]), "length", ""),
        (chat_reply("", choices=[{"message": {}, "finish_reason": "stop"}]), "empty", ""),
        (chat_reply("whole", "eos_token"), "stop", "whole"),
        (chat_reply("", "stop"), "empty", ""),
        (chat_reply(" \n", "stop"), "empty", " \n"),
        (chat_reply("no", "content_filter"), "filtered", "no"),
        (failed(400, "blocked", "content_filter"), "filtered", ""),
        (Reply(chat_reply("drip").body, drip=True), "stop", "drip"),
        (chat_reply("half \ud800"), "stop", "half ?"),
    ],
)
def test_answers_with_a_blemish_keep_their_reason(
    desk: GenerationSession, reply: Reply, reason: str, text: str
) -> None:
    with Loopback(lambda body: reply) as server:
        found = only(desk.engine(server.url).complete([ask("q")]))
    assert (found.finish_reason, found.text, found.error) == (reason, text, None)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": "many"}, 7])
def test_missing_usage_is_estimated_and_marked(desk: GenerationSession, usage: Any) -> None:
    with Loopback(lambda body: chat_reply("four words are here", usage=usage)) as server:
        found = only(desk.engine(server.url).complete([ask("q")]))
    assert found.usage.estimated and 0 < found.usage.output_tokens < 20


def test_cached_tokens_are_counted(desk: GenerationSession) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 5}}
    usage = {"prompt_tokens": 8, "completion_tokens": 2} | details
    with Loopback(lambda body: chat_reply("x", usage=usage)) as server:
        found = only(desk.engine(server.url).complete([ask("q")]))
    assert (found.usage.input_tokens, found.usage.cached_tokens) == (8, 5)


@pytest.mark.parametrize(
    ("counts", "output_tokens"),
    [
        ({"completion_tokens": 2, "total_tokens": 510}, 502),
        ({"completion_tokens": 502, "total_tokens": 510}, 502),
        ({"completion_tokens": 2, "total_tokens": 8}, 2),
        ({"completion_tokens": 2, "total_tokens": 2**30}, 2),
        ({"completion_tokens": 2, "total_tokens": "many"}, 2),
        ({"completion_tokens": None, "total_tokens": 12}, 4),
    ],
)
def test_reasoning_that_only_the_total_counts_is_output(
    desk: GenerationSession, counts: dict[str, Any], output_tokens: int
) -> None:
    usage = {"prompt_tokens": 8} | counts
    with Loopback(lambda body: chat_reply("x", usage=usage)) as server:
        found = only(desk.engine(server.url).complete([ask("q")]))
    assert found.usage == Usage(requests=1, input_tokens=8, output_tokens=output_tokens)


@pytest.mark.parametrize(
    "refusal",
    [
        failed(401, "Incorrect API key provided: sk-secret-0123456789"),
        failed(402, "please pay, sk-secret-0123456789"),
        failed(404, "the model `tiny` does not exist (sk-secret-0123456789)"),
        failed(429, "You exceeded your current quota", "insufficient_quota"),
        failed(429, "You exceeded your quota", "insufficient_quota", Retry_After="1"),
        failed(429, "Insufficient credit on this account"),
        failed(403, "Billing is not set up"),
        failed(400, "Your credit balance is too low: see Plans & Billing"),
        failed(403, "Your API key sk-secret-0123456789 has been disabled."),
        failed(400, "API key not valid. Please pass a valid one.", "INVALID_ARGUMENT"),
        failed(403, "This account is suspended"),
        failed(400, "no", "invalid_api_key"),
        Reply(b'{"error": {"message": "no sk-secret\\u002d0123456789"}}', 401),
        Reply(failed(401, "no sk-secret-0123456789", "401").body),
        Reply(b"", 307, {"Location": "http://127.0.0.1:1/elsewhere"}),
    ],
)
def test_a_terminal_refusal_stops_at_once_in_the_servers_words(
    desk: GenerationSession, monkeypatch: pytest.MonkeyPatch, refusal: Reply
) -> None:
    monkeypatch.setenv("TEACHER_KEY", "sk-secret-0123456789")
    with Loopback(lambda body: refusal) as server:
        engine = desk.engine(server.url, key_env="TEACHER_KEY", in_flight=2)
        with pytest.raises(TerminalError, match="it says") as caught:
            list(engine.complete(asks(500)))
        assert "Authorization: Bearer sk-secret-0123456789" in server.headers[0]
    assert "sk-secret" not in str(caught.value) and len(server.asked) < 20


def test_a_key_that_is_missing_or_broken_is_an_input_error(
    desk: GenerationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEACHER_KEY", raising=False)
    with pytest.raises(ModelReferenceError, match=r"TEACHER_KEY \(key_env\) is not set"):
        desk.engine("http://127.0.0.1:1/v1", key_env="TEACHER_KEY")
    monkeypatch.setenv("TEACHER_KEY", "sk-broken\r\nX: y")
    with pytest.raises(ModelReferenceError) as caught:
        desk.engine("http://127.0.0.1:1/v1", key_env="TEACHER_KEY")
    assert "broken" not in str(caught.value)


def test_one_row_that_keeps_failing_leaves_the_rest_alone(desk: GenerationSession) -> None:
    def answer(body: Body) -> Reply:
        if question(body) == "q3":
            return failed(500, "cannot digest q3")
        if question(body) == "q4":
            return failed(400, "context length exceeded")
        return chat_reply("fine")

    with Loopback(answer) as server:
        found = {c.request.id: c for c in desk.engine(server.url, attempts=3).complete(asks(50))}
    assert sum(c.finish_reason == "stop" for c in found.values()) == 48
    assert found["q3"].error == "server_error: 500: cannot digest q3"
    assert server.questions()["q3"] == 3
    assert "context length exceeded" in str(found["q4"].error) and not found["q4"].lost
    assert server.questions()["q4"] == 1


@pytest.mark.parametrize(
    "wrong", [failed(500, "cannot digest it"), Reply(b"<html>"), failed(400, "too long")]
)
@pytest.mark.parametrize("in_flight", [2, 64])
def test_rows_that_keep_failing_come_back_failed_though_they_end_last(
    desk: GenerationSession, wrong: Reply, in_flight: int
) -> None:
    hard = {f"q{number}" for number in range(3, 400, 5)}
    answer = lambda body: wrong if question(body) in hard else chat_reply("fine")  # noqa: E731
    with Loopback(answer) as server:
        client = desk.client(server.url, attempts=3, in_flight=in_flight)
        found = {c.request.id: c for c in client.complete(asks(400))}
        assert {name for name, c in found.items() if c.finish_reason == "failed"} == hard
        again = desk.client(server.url, attempts=3)
        late = {c.request.id: c for c in again.complete(asks(400))}
    assert {name for name, c in late.items() if c.finish_reason == "failed"} == hard


def test_a_server_that_only_rejects_or_fails_ends_the_run(desk: GenerationSession) -> None:
    with Loopback(lambda body: failed(400, "unsupported: temperature")) as server:
        with pytest.raises(TerminalError, match="unsupported: temperature"):
            list(desk.engine(server.url, in_flight=4).complete(asks(1000)))
        assert len(server.asked) < 50
    with (
        Loopback(lambda body: failed(500, "on fire")) as server,
        pytest.raises(RetryableError, match="on fire"),
    ):
        list(desk.engine(server.url, attempts=2).complete(asks(1000)))
    with (
        Loopback(lambda body: Reply(b"<html>not a chat server</html>")) as server,
        pytest.raises(RetryableError, match="not a chat server"),
    ):
        list(desk.client(server.url).complete(asks(1000)))


def test_rejections_after_an_answer_are_left_to_the_share_that_may_fail(
    desk: GenerationSession,
) -> None:
    def answer(body: Body) -> Reply:
        fine = len(server.asked) <= 20
        return chat_reply("fine") if fine else failed(400, "nothing about harbours, please")

    with Loopback(answer) as server:
        found = list(desk.engine(server.url, in_flight=8).complete(asks(400)))
    assert sum(c.finish_reason == "stop" for c in found) == 20 and len(found) == 400
    assert set(server.questions().values()) == {1}


@pytest.mark.parametrize("in_flight", [16, 128])
def test_rejections_that_come_before_the_first_answer_wait_for_it(
    desk: GenerationSession, in_flight: int
) -> None:
    def answer(body: Body) -> Reply:
        if int(question(body)[1:]) % 4:
            return Reply(chat_reply("fine").body, delay_seconds=0.2)
        return failed(400, "nothing about harbours, please")

    with Loopback(answer) as server:
        found = list(desk.engine(server.url, in_flight=in_flight).complete(asks(400)))
    assert sum(c.finish_reason == "stop" for c in found) == 300 and len(found) == 400
    assert set(server.questions().values()) == {1}


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000.",
        "prompt is too long: 215000 tokens > 200000 maximum",
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        "the request exceeds the available context size, try increasing it",
        "The input token count (1200000) exceeds the maximum allowed (1048576).",
        "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
    ],
)
def test_a_file_may_begin_with_many_prompts_that_are_too_long(
    desk: GenerationSession, words: str
) -> None:
    def answer(body: Body) -> Reply:
        return failed(400, words) if int(question(body)[1:]) < 100 else chat_reply("fine")

    with Loopback(answer) as server:
        found = list(desk.engine(server.url, in_flight=4).complete(asks(150)))
    assert sum(c.finish_reason == "stop" for c in found) == 50 and len(found) == 150


def test_where_earlier_runs_were_answered_rejections_alone_end_no_run(
    desk: GenerationSession,
) -> None:
    def answer(body: Body) -> Reply:
        row = int(question(body)[1:])
        return failed(400, "nothing about harbours, please") if row % 2 else chat_reply("fine")

    with Loopback(answer) as server:
        first = list(desk.client(server.url, in_flight=4).complete(asks(200)))
        again = list(desk.client(server.url, in_flight=4).complete(asks(200)))
    for found in (first, again):
        assert sum(c.finish_reason == "failed" for c in found) == 100 and len(found) == 200
    assert set(server.questions().values()) == {1, 2}


def test_a_server_that_rejects_slowly_or_is_overrun_ends_the_run_too(
    desk: GenerationSession,
) -> None:
    def answer(body: Body) -> Reply:
        if question(body) == "q1" and server.questions()["q1"] < 5:
            return failed(429, "slow down")
        slow = 0.2 if question(body) == "q2" else 0
        return Reply(failed(400, "unsupported: seed").body, 400, delay_seconds=slow)

    with Loopback(answer) as server:
        with pytest.raises(TerminalError, match=r"none was answered: .*unsupported: seed"):
            list(desk.engine(server.url, in_flight=4).complete(asks(1000)))
        assert len(server.asked) < 50


def test_rejections_of_their_own_leave_the_rest_alone(desk: GenerationSession) -> None:
    def answer(body: Body) -> Reply:
        number = int(question(body)[1:])
        fine = number < 20 or number >= 120
        return chat_reply("fine") if fine else failed(400, f"{5000 + number} tokens are too many")

    with Loopback(answer) as server:
        found = list(desk.engine(server.url, in_flight=4).complete(asks(150)))
    assert sum(c.finish_reason == "stop" for c in found) == 50 and len(found) == 150


def test_nobody_there_is_said(desk: GenerationSession) -> None:
    with Loopback() as server:
        url = server.url
    with pytest.raises(RetryableError, match="unreachable"):
        list(desk.engine(url, attempts=2).complete(asks(20)))


def test_a_wait_beyond_reason_ends_the_run(desk: GenerationSession) -> None:
    refusal = failed(429, "daily limit", Retry_After="86400")
    with (
        Loopback(lambda body: refusal) as server,
        pytest.raises(RetryableError, match="86400 s"),
    ):
        list(desk.engine(server.url).complete(asks(3)))


def test_a_third_of_errors_loses_nothing(desk: GenerationSession) -> None:
    chance = random.Random(5)
    wrong = [
        failed(429, "no"),
        failed(500, "no"),
        Reply(b"{", 200),
        Reply(b"", silent=True),
    ]

    def answer(body: Body) -> Reply:
        return chance.choice(wrong) if chance.random() < 0.3 else chat_reply(question(body))

    with Loopback(answer) as server:
        found = list(desk.client(server.url).complete(asks(400)))
    assert {c.text for c in found} == {f"q{n}" for n in range(400)} and len(found) == 400


def test_an_overrun_server_is_given_less(desk: GenerationSession) -> None:
    def answer(body: Body) -> Reply:
        if server.at_once > 4:
            return failed(429, "too many")
        return Reply(chat_reply("x").body, delay_seconds=0.003)

    with Loopback(answer) as server:
        found = list(desk.engine(server.url, in_flight=64).complete(asks(400)))
    assert all(c.finish_reason == "stop" for c in found)
    assert len(server.asked) < 1600


def test_a_refusal_for_overload_counts_only_if_nobody_is_answered_till_the_next(
    desk: GenerationSession,
) -> None:
    def answer(body: Body) -> Reply:
        if question(body) == "q0" and server.questions()["q0"] < 3:
            return failed(429, "too many")
        return Reply(chat_reply("x").body, delay_seconds=0.01)

    with Loopback(answer) as server:
        engine = desk.engine(server.url, in_flight=8, attempts=2)
        found = list(engine.complete(asks(500)))
    assert all(c.finish_reason == "stop" for c in found)
    assert server.questions()["q0"] == 3


def test_a_server_that_restarts_costs_nothing_but_time(desk: GenerationSession) -> None:
    with Loopback() as first:
        port = first.port
        answers = desk.client(first.url, attempts=200, in_flight=8).complete(asks(200))
        texts = [next(answers).text for _ in range(20)]
    with Loopback(port=port) as second:
        texts += [completion.text for completion in answers]
    assert sorted(texts) == sorted(f"q{n}" for n in range(200))
    assert not set(texts[:20]) & set(second.questions())


def test_a_server_that_answered_is_waited_for_longer_than_attempts_allow(
    desk: GenerationSession,
) -> None:
    with Loopback() as first:
        port = first.port
        answers = desk.client(first.url, attempts=3, in_flight=4).complete(asks(40))
        found = [next(answers) for _ in range(5)]

    def there_again() -> None:
        with Loopback(port=port):
            done.wait(10)

    done = threading.Event()
    later = threading.Timer(0.5, there_again)
    later.start()
    try:
        found += answers
    finally:
        done.set()
        later.join()
    assert all(c.finish_reason == "stop" for c in found) and len(found) == 40


def test_a_server_that_stays_away_ends_the_run_and_fails_no_row(
    desk: GenerationSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.models.engines.replica._RESTART_SECONDS", 0.3)
    with Loopback() as server:
        answers = desk.client(server.url, attempts=3, in_flight=4).complete(asks(40))
        assert next(answers).finish_reason == "stop"
    with pytest.raises(RetryableError, match="unreachable"):
        assert all(answer.finish_reason == "stop" for answer in answers)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 0.5 "}, 0.5),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"Retry-After": "-3"}, 0),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers) == seconds
