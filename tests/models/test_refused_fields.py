"""What a server refuses is read off its refusal once, done without, and can be said ahead."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from tutelage.core.errors import TerminalError
from tutelage.models.chat import Message, Request
from tutelage.models.system_turn import fold_system, must_fold
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed, question

from tests.models.generation_session import GenerationSession, ask, asks

Body = dict[str, Any]
SYSTEM: Message = {"role": "system", "content": "Be brief."}
USER: Message = {"role": "user", "content": "Why?"}
ANSWER: Message = {"role": "assistant", "content": "So."}


def answering(refuse: Callable[[Body], Reply | None]) -> Callable[[Body], Reply]:
    return lambda body: refuse(body) or chat_reply("fine")


def has(name: str, reply: Reply) -> Callable[[Body], Reply]:
    return answering(lambda body: reply if name in body else None)


def has_system(reply: Reply) -> Callable[[Body], Reply]:
    def refuse(body: Body) -> Reply | None:
        return reply if any(turn["role"] == "system" for turn in body["messages"]) else None

    return answering(refuse)


def forbidden(*names: str) -> Reply:
    detail = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
        for name in names
    ]
    return Reply(json.dumps({"detail": detail}).encode(), 422)


GOOGLE = Reply(
    json.dumps(
        [{"error": {"code": 400, "status": "INVALID_ARGUMENT",
          "message": 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'}}]
    ).encode(),
    400,
)  # fmt: skip
REFUSALS = [
    (
        has("max_tokens", failed(
            400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.", "unsupported_parameter")),
        "max_tokens",
    ),
    (
        answering(lambda body: failed(
            400, "Unsupported value: 'temperature' does not support 0.7 with this model. Only the "
            "default (1) value is supported.", "unsupported_value")
            if body.get("temperature", 1) != 1 else None),
        "temperature",
    ),
    (has("seed", GOOGLE), "seed"),
    (has("seed", forbidden("seed")), "seed"),
    (has("seed", failed(400, "property 'seed' is unsupported")), "seed"),
    (has("seed", failed(400, "Extra inputs are not permitted, field: 'seed', value: 5")), "seed"),
    (has("seed", failed(422, "unknown field `seed`, expected one of `messages`, `max_tokens`")),
     "seed"),
    (has("top_p", failed(400, "`temperature` and `top_p` cannot both be specified for this model")),
     "top_p"),
    (has_system(failed(400, "System role not supported")), "system"),
    (has_system(failed(500, "Jinja: System role not supported")), "system"),
    (has_system(failed(400, "Conversation roles must alternate user/assistant/...")), "system"),
    (has_system(failed(400, "Unsupported value: 'messages[0].role' does not support 'system'")),
     "system"),
    (has_system(failed(400, "Developer instruction is not enabled for models/gemma")), "system"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "name"), REFUSALS)
def test_a_refused_field_is_done_without_from_then_on(
    desk: GenerationSession,
    answer: Callable[[Body], Reply],
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = [
        Request(f"q{n}", (SYSTEM, {"role": "user", "content": f"{n}"}), one.sampling)
        for n, one in enumerate(asks(40, temperature=0.7, top_p=0.9))
    ]
    with caplog.at_level(logging.WARNING), Loopback(answer) as server:
        found = list(desk.engine(server.url, in_flight=4).complete(asked))
        assert {one.text for one in found} == {"fine"} and len(found) == 40
        assert len(server.asked) <= 40 + 4  # those under way when it was learnt
        last = server.asked[-1]
    assert f"`models.teacher.refuses: [{name}]`" in caplog.text
    assert len(caplog.records) == 1
    if name == "system":
        assert [turn["role"] for turn in last["messages"]] == ["user"]
        assert last["messages"][0]["content"].startswith("Be brief.\n\n")
    else:
        assert name not in last
    assert ("max_completion_tokens" in last) == (name == "max_tokens")


def test_a_server_may_refuse_several_one_after_another(desk: GenerationSession) -> None:
    def answer(body: Body) -> Reply:
        for name in ("max_tokens", "temperature", "seed"):
            if name in body:
                return failed(400, f"Unsupported parameter: '{name}'", "unsupported_parameter")
        return chat_reply("fine")

    with Loopback(answer) as server:
        (found,) = desk.engine(server.url).complete([ask("q", temperature=0.7)])
        assert found.text == "fine" and len(server.asked) == 4


def test_what_is_said_ahead_is_not_asked(desk: GenerationSession) -> None:
    with Loopback() as server:
        refuses = ["max_tokens", "temperature", "system"]
        engine = desk.engine(server.url, refuses=refuses)
        list(engine.complete([Request("q", (SYSTEM, USER))]))
        (body,) = server.asked
    assert {"max_tokens", "temperature"}.isdisjoint(body) and body["max_completion_tokens"] == 256
    assert body["messages"] == [{"role": "user", "content": "Be brief.\n\nWhy?"}]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (failed(400, "response_format json_schema is not supported"), "json_schema"),
        (
            failed(400, "max_tokens is too large: 9999. This model supports at most 4096"),
            "too large",
        ),
        (failed(400, "Unsupported parameter: 'top_k'"), "top_k"),
        (failed(400, "the prompt speaks of a seed, which is against the rules"), "the rules"),
    ],
)
def test_other_refusals_stay_refusals(desk: GenerationSession, reply: Reply, words: str) -> None:
    with Loopback(lambda body: reply) as server:
        (found,) = desk.engine(server.url).complete([ask("q", schema={"type": "object"})])
        assert found.finish_reason == "failed" and words in str(found.error)
        assert len(server.asked) == 1


def test_a_refused_schema_names_its_cure(desk: GenerationSession) -> None:
    reply = failed(400, "Unknown parameter: 'response_format'", "unknown_parameter")
    with Loopback(lambda body: reply) as server:
        (found,) = desk.engine(server.url).complete([ask("q", schema={"type": "object"})])
    assert "leave out the stage's `json_schema`" in str(found.error)


def test_a_field_that_is_refused_for_ever_ends_the_run(desk: GenerationSession) -> None:
    stubborn = failed(400, "Unsupported parameter: 'temperature'")
    with Loopback(lambda body: stubborn) as server:
        with pytest.raises(TerminalError, match="Unsupported parameter"):
            list(desk.engine(server.url, in_flight=4).complete(asks(500)))
        assert len(server.asked) < 50


@pytest.mark.parametrize(
    ("turns", "folded"),
    [
        ([SYSTEM, USER], ["Be brief.\n\nWhy?"]),
        ([USER], ["Why?"]),
        ([SYSTEM, SYSTEM, USER, ANSWER, USER], ["Be brief.\n\nBe brief.\n\nWhy?", "So.", "Why?"]),
        ([USER, ANSWER, SYSTEM, USER], ["Why?", "So.", "Be brief.\n\nWhy?"]),
        ([SYSTEM, ANSWER, USER], ["Be brief.", "So.", "Why?"]),
        ([USER, ANSWER, SYSTEM], ["Why?", "So.", "Be brief."]),
    ],
)
def test_a_system_turn_is_folded_into_the_next(turns: list[Message], folded: list[str]) -> None:
    found = fold_system(turns)
    assert [turn["content"] for turn in found] == folded
    assert all(turn["role"] != "system" for turn in found)


def test_a_template_that_refuses_or_drops_the_system_turn_is_found_out() -> None:
    def refusing(turns: Any) -> str:
        if turns[0]["role"] == "system":
            raise ValueError("System role not supported")
        return str(turns)

    def dropping(turns: Any) -> str:
        return str([turn for turn in turns if turn["role"] != "system"])

    def broken(turns: Any) -> str:
        raise ValueError("no template")

    assert must_fold(refusing) and must_fold(dropping)
    assert not must_fold(str) and not must_fold(broken)


def test_the_question_is_there_whoever_folds() -> None:
    assert question({"messages": fold_system([SYSTEM, USER])}) == "Be brief.\n\nWhy?"
