"""The client: paid once, killed and resumed, in bounded memory, the key nowhere."""

import itertools
import logging
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting.ledger import Ledger, Usage
from tutelage.core.errors import TerminalError
from tutelage.models.chat import Completion, Request
from tutelage.models.client import Client
from tutelage.models.journal import Journal
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed, question

from tests.models.generation_session import GenerationSession, ask, asks


class Echo:
    """An engine that answers at once and counts."""

    def __init__(self) -> None:
        self.sent = 0

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            self.sent += 1
            yield Completion(request, request.id, "stop", Usage(requests=1, output_tokens=1))

    def close(self) -> None:
        pass


def echo_client(desk: GenerationSession, echo: Echo, journal: Journal | None = None) -> Client:
    model = desk.model("http://127.0.0.1:9/v1")
    return Client(model, lambda: echo, journal or desk.journal, desk.ledger, "stage")


def test_more_rows_more_samples_and_a_higher_limit_reuse_what_fits(desk: GenerationSession) -> None:
    echo = Echo()
    client = echo_client(desk, echo)

    def samples(rows: int, count: int, limit: int) -> list[Request]:
        pairs = itertools.product(range(rows), range(count))
        return [ask(f"q{r}", f"{r}/{s}", seed=s, max_tokens=limit) for r, s in pairs]

    for rows, count, limit, sent in [
        (50, 2, 9, 100),
        (50, 4, 9, 200),
        (60, 4, 99, 240),
    ]:
        found = list(client.complete(samples(rows, count, limit)))
        assert len(found) == rows * count == len({c.request.id for c in found})
        assert echo.sent == sent


@pytest.mark.parametrize(
    ("extra", "sent"),
    [
        ({"max_tokens": None, "max_completion_tokens": 4000}, 10),
        ({"max_tokens": 4000}, 10),
        ({"max_completion_tokens": 4000}, 20),
    ],
)
def test_a_limit_that_is_never_sent_asks_nothing_again(
    desk: GenerationSession, extra: dict[str, int | None], sent: int
) -> None:
    thought = {"prompt_tokens": 7, "completion_tokens": 900}
    with Loopback(lambda body: chat_reply("yes", usage=thought)) as server:
        for limit in (300, 256):
            client = desk.client(server.url, extra=extra)
            assert len(list(client.complete(asks(10, max_tokens=limit)))) == 10
        assert len(server.asked) == sent


def test_the_ledger_tells_made_now_from_made_before(desk: GenerationSession) -> None:
    list(echo_client(desk, Echo()).complete(asks(10)))
    desk.ledger = Ledger()
    found = list(echo_client(desk, Echo()).complete(asks(15)))
    assert sum(c.cached for c in found) == 10
    assert desk.ledger.total().requests == 15 and desk.ledger.spent().requests == 5


def test_the_same_question_of_two_rows_is_paid_and_counted_once(desk: GenerationSession) -> None:
    echo = Echo()
    twins = [ask("same", str(n)) for n in range(300)]
    found = list(echo_client(desk, echo).complete(twins))
    assert sorted(int(c.request.id) for c in found) == list(range(300))
    assert echo.sent == 1 == desk.ledger.total().requests
    desk.ledger = Ledger()
    assert len(list(echo_client(desk, echo).complete(twins))) == 300
    assert echo.sent == 1 == desk.ledger.total().requests


def test_an_answer_is_on_disk_before_it_is_handed_out(
    desk: GenerationSession, tmp_path: Path
) -> None:
    for completion in echo_client(desk, Echo()).complete(asks(20)):
        other = Journal(tmp_path / "journal.sqlite")
        assert other.get(completion.key, completion.request) is not None
        other.close()


def test_failed_rows_are_not_kept(desk: GenerationSession) -> None:
    with Loopback(lambda body: failed(400, "no")) as server:
        list(desk.client(server.url).complete(asks(3)))
        list(desk.client(server.url).complete(asks(3)))
        assert len(server.asked) == 6
    assert desk.ledger.total().requests == 0


def test_memory_stays_bounded_for_hits_and_misses(desk: GenerationSession) -> None:
    echo = Echo()
    list(echo_client(desk, echo).complete(asks(2000)))
    late = (ask(f"q{(number + 1000) % 3000}") for number in range(3000))
    tracemalloc.start()
    count = sum(1 for _ in echo_client(desk, echo).complete(late))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 3000 and echo.sent == 3000
    assert peak < 4 << 20


def test_the_key_is_in_no_file_log_or_error(
    desk: GenerationSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("TEACHER_KEY", key)
    caplog.set_level(logging.DEBUG)

    def nosy(body: dict[str, object]) -> Reply:
        if question(body) == "q9":
            return failed(401, f"Incorrect API key provided: {key}")
        return chat_reply(f"you sent {key}")

    with Loopback(nosy) as server:
        client = desk.client(server.url, key_env="TEACHER_KEY", in_flight=1)
        with pytest.raises(TerminalError) as caught:
            list(client.complete(asks(10)))
        assert f"Bearer {key}" in server.headers[0]
    desk.journal.export(tmp_path / "export.jsonl")
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"you sent ***" in written
    for text in (written.decode(errors="replace"), caplog.text, str(caught.value)):
        assert key not in text
    assert key not in repr(client.__dict__)


@pytest.mark.parametrize("key", ["none", "1", "EMPTY"])
def test_a_dummy_key_spoils_no_answer(
    desk: GenerationSession, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("TEACHER_KEY", key)
    text = "There is none. Nonetheless 1 is not EMPTY."
    with Loopback(lambda body: chat_reply(text)) as server:
        (found,) = desk.client(server.url, key_env="TEACHER_KEY").complete([ask("q")])
        assert f"Bearer {key}" in server.headers[0]
    assert found.text == text and not found.usage.estimated


def test_what_is_under_way_when_a_run_fails_is_waited_for(desk: GenerationSession) -> None:
    """A key that is refused costs nothing; answers on their way are paid for and kept."""

    def answer(body: dict[str, Any]) -> Reply:
        if question(body) == "q3":
            return failed(401, "no more of this")
        return Reply(chat_reply("x").body, delay_seconds=0.3)

    with Loopback(answer) as server:
        with pytest.raises(TerminalError, match="no more of this"):
            list(desk.client(server.url, in_flight=4).complete(asks(50)))
        assert 4 <= len(server.asked) < 50
    answered = list(desk.journal.entries())
    assert len(answered) == len(server.asked) - 1
    assert desk.ledger.total().requests == len(answered)
