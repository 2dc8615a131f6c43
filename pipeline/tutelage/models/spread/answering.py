"""What a worker process does: it answers the requests that it is told, as an endpoint does here."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import SimpleQueue

from tutelage.core.errors import DiskError
from tutelage.models.chat import Completion, Request
from tutelage.models.engines.endpoint import Endpoint
from tutelage.models.engines.feed import Feed, Stopped
from tutelage.models.model import Model
from tutelage.models.spread.messages import Ask, Ended, FromWorker, Outcome, ToWorker
from tutelage.models.spread.segments import Segment


@dataclass(slots=True)
class _Round:
    """Requests from the first to `end` or `stop`."""

    feed: Feed
    segment: Segment
    answered: bool = False


def answer_requests(
    model: Model, receive: Callable[[], ToWorker], send: Callable[[FromWorker], object]
) -> None:
    """Answer whatever is asked, round by round; ends with the process."""
    rounds: SimpleQueue[_Round] = SimpleQueue()
    threading.Thread(target=_listen, args=(model, receive, rounds), daemon=True).start()
    now: list[_Round] = []
    engine: Endpoint | None = None

    def sending(request: Request) -> None:
        now[0].segment.sending(request)

    while True:
        now[:] = [rounds.get()]
        problem: BaseException | None = None
        left: list[Completion] = []
        try:
            engine = engine or Endpoint(model, sending)
            asked = engine.batches(now[0].feed, lambda: now[0].answered, left.extend)
            with closing(asked):  # type: ignore[type-var]  # it is a generator
                for batch in asked:
                    now[0].segment.note(batch)
                    send(_outcomes(batch))
        except Stopped:
            pass
        except Exception as exc:
            problem = exc
        with suppress(DiskError):  # the first is told
            now[0].segment.note(left)
        now[0].segment.close()
        send(Ended(_outcomes(left), problem))


def _listen(model: Model, receive: Callable[[], ToWorker], rounds: "SimpleQueue[_Round]") -> None:
    """Sort messages into rounds; `receive` ends the process where nobody sends any more."""
    now: _Round | None = None
    while True:
        message = receive()
        if isinstance(message, Ask):
            if now is None:
                now = _Round(Feed(), Segment(message.segment, model))
                rounds.put(now)
            now.answered |= message.answered
            now.segment.taken(message.requests)
            now.feed.add(message.requests)
        elif now is not None:
            now.feed.end() if message == "end" else now.feed.stop()
            now = None


def _outcomes(completions: Sequence[Completion]) -> list[Outcome]:
    return [Outcome.of(completion) for completion in completions]
