"""A prompt that the chat template refuses comes back failed; those beside it are answered."""

from collections.abc import Iterable, Iterator, Sequence

import pytest
from jinja2 import TemplateError
from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, Message, Request
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.model import ModelConfig


def chat(error: type[Exception]) -> LocalChat:
    def render(turns: Sequence[Message]) -> str:
        if any("loudly" in turn["content"] for turn in turns):
            raise error("roles must alternate")
        return turns[-1]["content"]

    return LocalChat(ModelConfig(ref="m"), render, lambda text: [1, 2], lambda tokens: "")


def answer(requests: Iterable[Request]) -> Iterator[Completion]:
    for request in requests:
        yield Completion(request, "Seven.", "stop", Usage(requests=1))


@pytest.mark.parametrize("error", [TemplateError, RuntimeError])
@pytest.mark.parametrize("first", [True, False])
def test_the_others_are_answered(error: type[Exception], *, first: bool) -> None:
    asked = ["Say it loudly.", "How many boats?", "How many masts?"]
    asked = asked if first else asked[::-1]
    requests = [Request(text, ({"role": "user", "content": text},)) for text in asked]
    found = {one.request.id: one for one in chat(error).answered(requests, answer)}
    assert found.keys() == set(asked)
    refused = found.pop("Say it loudly.")
    assert (refused.finish_reason, refused.usage) == ("failed", Usage())
    assert refused.error == "rejected: the model's chat template: roles must alternate"
    assert {one.text for one in found.values()} == {"Seven."}


def test_requests_that_end_may_go_on() -> None:
    waiting: list[Request] = []

    class Arrivals(Iterator[Request]):
        def __next__(self) -> Request:
            if not waiting:
                raise StopIteration
            return waiting.pop()

    def patient(requests: Iterable[Request]) -> Iterator[Completion]:
        for _ in range(2):
            waiting.append(Request("late", ({"role": "user", "content": "How many?"},)))
            yield from answer(requests)

    found = chat(TemplateError).answered(Arrivals(), patient)
    assert [one.request.id for one in found] == ["late", "late"]
