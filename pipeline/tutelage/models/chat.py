"""The types of a model call: a request goes in, a completion with its usage comes out."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, NotRequired, Protocol, TypedDict

from tutelage.accounting.ledger import Usage


class Message(TypedDict):
    """One turn of a chat, in the form that chat templates and servers take."""

    role: Literal["system", "user", "assistant", "tool", "pre_query"]
    """`pre_query` comes last: the model goes on where a user would speak. Its content is the text
    that a completion server is sent; empty where the engine's own template tells it."""
    content: str
    tool_calls: NotRequired[list[dict[str, Any]]]
    """What an assistant's turn calls, in OpenAI's form, with arguments as an object."""
    tool_call_id: NotRequired[str]
    """The call that a `tool` turn is the result of."""
    name: NotRequired[str]
    """The tool that a `tool` turn is the result of."""


CUT_WHILE_REASONING = "cut while reasoning"
"""Why there is no answer where all tokens went before it began."""

FinishReason = Literal["stop", "length", "empty", "filtered", "unknown", "failed"]
"""How an answer ended: by itself, cut, without a text, withheld, for a reason that is none of
these (the server's own word is in `error`), or not at all."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw an answer; `temperature` 0 is greedy."""

    max_tokens: int = 256
    """Tokens of the answer itself."""
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    """Texts that end the answer; they are not part of it."""
    seed: int = 0
    schema: dict[str, Any] | None = None
    """A JSON schema the answer must follow, where the engine can enforce one."""
    reasoning_tokens: int = 0
    """Tokens that the model may reason for beside the answer; its client fills this in."""

    @property
    def limit(self) -> int:
        """Tokens that may be generated in all."""
        return self.max_tokens + self.reasoning_tokens


@dataclass(frozen=True, slots=True)
class Request:
    """One chat request. `id` is the caller's own and unique within a call; `leaf` says who pays."""

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling = field(default_factory=Sampling)
    leaf: str = "*"
    whole: bool = True
    """False where an answer that was cut serves all the same."""
    tools: tuple[dict[str, Any], ...] = ()
    """JSON schemas of what the model may call; calls stand in the answer's text, between
    `<tool_call>` marks."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer. `finish_reason` `failed` carries `error` instead of a text worth using.

    An engine may leave reasoning in `text`, with its marks: the client tells the two apart.
    """

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
    reasoning: str = ""
    """What the model thought before it answered; no part of the text."""
    stated_usd: Decimal | None = None
    """What the server itself says that it charges."""


def is_pre_query(request: Request) -> bool:
    """Whether the model is to say what a user would, after its template's own beginning."""
    return bool(request.messages) and request.messages[-1]["role"] == "pre_query"


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
    if completion.text.strip():
        return None
    if completion.finish_reason == "length":
        return CUT_WHILE_REASONING if completion.reasoning else "cut by length"
    return "empty: only reasoning, no answer after it" if completion.reasoning else "empty"


def unusable(completion: Completion) -> str | None:
    """Why an answer cannot become a row's text, its kind before a colon; None where it can.

    A cut answer cannot, or a student would learn to stop in mid-sentence; an evaluation takes it
    for what it says (`unanswered`).
    """
    if why := unanswered(completion):
        return why
    if completion.finish_reason == "length":
        return "cut by length"
    if completion.finish_reason == "unknown":
        return f"ended by the server: {completion.error}"
    schema = completion.request.sampling.schema
    return None if schema is None or _is_json(completion.text) else "not JSON"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
