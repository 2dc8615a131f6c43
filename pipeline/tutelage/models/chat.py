"""The words of a model call: a request goes in, a completion with its usage comes out."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypedDict

from tutelage.accounting.ledger import Usage


class Message(TypedDict):
    """One turn of a chat, in the form that chat templates and servers take."""

    role: Literal["system", "user", "assistant"]
    content: str


FinishReason = Literal["stop", "length", "empty", "filtered", "failed"]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw an answer; `temperature` 0 is greedy."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""
    seed: int = 0
    schema: dict[str, Any] | None = None
    """A JSON schema the answer must follow, where the engine can enforce one."""


@dataclass(frozen=True, slots=True)
class Request:
    """One chat request. `id` is the caller's own and unique within a call; `leaf` says who pays."""

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    leaf: str = "*"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer. `finish_reason` `failed` carries `error` instead of a text worth using."""

    request: Request
    text: str
    finish_reason: FinishReason
    usage: Usage
    error: str | None = None
    key: str = ""
    """Where the journal keeps it."""
    cached: bool = False
    """True when it came from the journal and cost nothing now."""
    lost: bool = False
    """True for a failure that the server may have charged: ask again only within the budget."""


class Engine(Protocol):
    """What runs a model. Answers come in any order; the engine retries what is worth retrying."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer each request once; raises TerminalError when no request can succeed."""
        ...

    def close(self) -> None:
        """Free memory, connections and children."""
        ...


def unanswered(completion: Completion) -> str | None:
    """Why there is no answer to judge, its kind before a colon; None where there is one."""
    if completion.finish_reason == "failed":
        kind, _, why = (completion.error or "no answer").partition(": ")
        return f"failed ({kind}): {why}" if why else f"failed: {kind}"
    if completion.finish_reason == "filtered":
        return "withheld by the server"
    return None if completion.text.strip() else "empty"


def unusable(completion: Completion) -> str | None:
    """Why an answer cannot become a row's text, its kind before a colon; None where it can.

    A cut answer cannot, or a student would learn to stop in mid-sentence; an evaluation takes it
    for what it says (`unanswered`).
    """
    if completion.finish_reason == "length":
        return "cut by length"
    if why := unanswered(completion):
        return why
    schema = completion.request.sampling.schema
    return None if schema is None or _is_json(completion.text) else "not JSON"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
