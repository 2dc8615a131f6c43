"""What the process of a run and its workers say to each other."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, FinishReason, Request


@dataclass(frozen=True, slots=True)
class Ask:
    """Requests for a worker; the first after `end` or `stop` begins a round."""

    requests: list[Request]
    answered: bool
    """Whether the model has answered anything, to any worker."""
    segment: str
    """Where the worker notes what it does; the same all through a round."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A completion without its request, which the other side has."""

    id: str
    text: str
    finish_reason: FinishReason
    usage: Usage
    error: str | None
    lost: bool
    reasoning: str
    stated_usd: Decimal | None

    @classmethod
    def of(cls, one: Completion) -> "Outcome":
        """A completion, as it is sent."""
        ended = (one.text, one.finish_reason, one.usage, one.error, one.lost)
        return cls(one.request.id, *ended, one.reasoning, one.stated_usd)

    def completion(self, request: Request) -> Completion:
        """The completion, of its request."""
        return Completion(
            *(request, self.text, self.finish_reason, self.usage, self.error),
            lost=self.lost,
            reasoning=self.reasoning,
            stated_usd=self.stated_usd,
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """A round of a worker is over."""

    left: list[Outcome]
    """Of requests that were sent before it was told to stop, or that a problem ended."""
    problem: BaseException | None


ToWorker = Ask | Literal["end", "stop"]
"""`end`: no more requests will come in this round; `stop`: drop those under way."""
FromWorker = list[Outcome] | Ended


class Helpers(Protocol):
    """Worker processes that answer requests, by number; `answer_requests` is what they run."""

    count: int

    def start(self, number: int) -> None:
        """Start one, or another one in the place of one that died."""
        ...

    def tell(self, number: int, message: ToWorker) -> None:
        """Send a message; one that died gets none."""
        ...

    def wait(self) -> list[tuple[int, Any]]:
        """The next messages of any of them, one at least; None from one that died."""
        ...

    def close(self) -> None:
        """End them all."""
        ...
