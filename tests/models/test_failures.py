"""Rows that keep failing: recorded each with its reason, tolerated up to a share of all."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.contract.stage import carry_out
from tutelage.core.artifacts import Artifact, Rows
from tutelage.core.errors import TooManyFailed
from tutelage.models.chat import unusable
from tutelage.models.failures import Failures
from tutelage.stages import Responses
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed, question

from tests.models.generation_session import GenerationSession, ask
from tests.stages.fakes import row

Body = dict[str, Any]
REFUSAL = {"role": "assistant", "content": None, "refusal": "I would rather not."}
WRONG = {
    "q0": (chat_reply("cut", "length"), "cut by length"),
    "q1": (chat_reply(""), "empty"),
    "q2": (chat_reply("no", "content_filter"), "withheld by the server"),
    "q3": (chat_reply("", choices=[{"message": REFUSAL}]), "withheld by the server"),
    "q4": (Reply(b'{"choices": [{"mess'), "failed (malformed)"),
    "q5": (Reply(chat_reply("x").body, length=5000, hang_up=True), "failed (truncated)"),
    "q6": (failed(500, "cannot"), "failed (server_error)"),
    "q7": (failed(400, "too long"), "failed (rejected)"),
    "q8": (Reply(b"", silent=True), "failed (disconnected)"),
}


def responses(
    context: Context, desk: GenerationSession, url: str, count: int, max_failed: float = 0.05
) -> Artifact:
    """The answers to `q0`, `q1` and so on, as a run would get them."""
    rows = [row(f"q{n}", prompt=[{"role": "user", "content": f"q{n}"}]) for n in range(count)]
    stage = Responses(help="none", max_failed=max_failed)
    model = desk.model(url, attempts=2, in_flight=4)
    made = carry_out(stage, context, {"rows": Rows(rows), "model": model})
    context.pool.release()
    return made


def wrong_for(*questions: str) -> Callable[[Body], Reply]:
    """A server that never answers some questions."""
    return lambda body: failed(500, "no") if question(body) in questions else chat_reply("fine")


def test_each_reason_is_counted_by_itself(context: Context, desk: GenerationSession) -> None:
    def answer(body: Body) -> Reply:
        name = question(body)
        return WRONG[name][0] if name in WRONG else Reply(chat_reply("drip").body, drip=True)

    with Loopback(answer) as server:
        made = responses(context, desk, server.url, 30, max_failed=0.2)
    assert isinstance(made, Rows)
    reasons = made.funnel()["knowledge/harbour"]["rejected"]
    wanted = [reason for _, reason in WRONG.values()]
    assert reasons == {reason: wanted.count(reason) for reason in wanted}
    assert len(made.kept) == 30 - len(WRONG)


def test_no_json_where_a_schema_was_asked_is_a_reason_of_its_own(desk: GenerationSession) -> None:
    texts = {"a": '{"a": 1}', "b": "Sure! {", "c": "[" * 100_000}
    with Loopback(lambda body: chat_reply(texts[question(body)])) as server:
        asked = [ask(name, schema={"type": "object"}) for name in texts]
        found = {c.request.id: unusable(c) for c in desk.engine(server.url).complete(asked)}
    assert found == {"a": None, "b": "not JSON", "c": "not JSON"}


def test_a_few_failed_rows_are_recorded_and_the_rest_go_on(
    context: Context, desk: GenerationSession
) -> None:
    with Loopback(wrong_for("q7", "q30")) as server:
        made = responses(context, desk, server.url, 40)
    assert isinstance(made, Rows)
    assert len(made.kept) == 38
    assert {r["parents"][0] for r in made.rejected} == {"q7", "q30"}
    assert {r["reason"] for r in made.rejected} == {"failed (server_error): 500: no"}


def test_a_stage_fails_past_its_share_and_asks_only_the_failed_again(
    context: Context, desk: GenerationSession
) -> None:
    answer = wrong_for("q7", "q20", "q30")
    with Loopback(lambda body: answer(body)) as server:
        with pytest.raises(TooManyFailed, match="3 of 40 requests have no answer") as caught:
            responses(context, desk, server.url, 40)
        assert "max_failed to 0.08" in str(caught.value)
        answer = wrong_for()
        server.asked.clear()
        made = responses(replace(context, failures=Failures()), desk, server.url, 40)
        assert set(server.questions()) == {"q7", "q20", "q30"}
    assert isinstance(made, Rows) and len(made.kept) == 40


def test_the_share_does_not_change_what_a_stage_is() -> None:
    assert Responses(max_failed=0.5).identity() == Responses().identity()
