"""A shipped fake model: answers come from a rule, at once and for nothing. For tests and dry work.

`scripted:` answers as a docile teacher would, from the prompt alone: it reads the marked parts that the prompt
templates hold. `scripted:module:function` calls your own function `(messages, seed) -> text`.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator

from pipeline.errors import ModelReferenceError
from pipeline.ledger import Usage
from pipeline.models.chat import Completion, Message, Request
from pipeline.models.model import Model

Reply = Callable[[tuple[Message, ...], int], str]


class Scripted:
    """The engine behind `scripted:`; counts one token per word."""

    def __init__(self, model: Model) -> None:
        self._reply = _find(model.reference.name) if model.reference.name else docile

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer in order."""
        for request in requests:
            words = self._reply(request.messages, request.sampling.seed).split(" ")
            limit = request.sampling.max_tokens
            usage = Usage(
                requests=1,
                input_tokens=sum(len(turn["content"].split()) for turn in request.messages),
                output_tokens=min(len(words), limit),
            )
            reason = "length" if len(words) > limit else "stop"
            yield Completion(request, " ".join(words[:limit]), reason, usage)

    def close(self) -> None:
        """Nothing to free."""


def docile(messages: tuple[Message, ...], seed: int) -> str:
    """Repeat one of the prompt's own example answers, picked by the seed."""
    answers = [turn["content"] for turn in messages if turn["role"] == "assistant"]
    return answers[seed % len(answers)] if answers else messages[-1]["content"]


def _find(name: str) -> Reply:
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)  # type: ignore[no-any-return]
    except (ImportError, AttributeError, ValueError) as exc:
        raise ModelReferenceError(f"'scripted:{name}': no such function: {exc}") from exc
