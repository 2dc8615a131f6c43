"""Keeping a window of requests under way: sending, retrying what was refused, giving up."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tutelage.accounting.ledger import Usage
from tutelage.core.errors import (
    LostError,
    ModelError,
    RejectedError,
    RetryableError,
    TerminalError,
    UnreachableError,
)
from tutelage.models.chat import Completion, Request
from tutelage.models.engines.window import Window
from tutelage.models.token_estimate import request_tokens

_BACK_OFF_SECONDS = (0.1, 30.0)
"""The first wait, doubled with every failure, and the longest."""
_GRACE_SECONDS = 10.0
"""So long may requests take that are under way when the run has failed: they are paid for."""
_LONGEST_WAIT_SECONDS = 600.0
"""A server that asks for a longer pause ends the run for now."""
_HOPELESS = 8
"""After so many new requests without an answer the server is at fault, not the requests."""
_HOPELESS_LOSSES = 64
"""After so many new requests lost in a row the server counts as broken."""


@dataclass(slots=True)
class _Job:
    request: Request
    tries: int = 0
    failures: int = 0
    answered: int = 0
    """Answers the whole run had when this was queued, or last refused."""
    first_sent: int | None = None
    """Answers the whole run had when this was first sent."""


class Dispatch:
    """One run's requests on the event loop. All methods are called there, `add` apart."""

    def __init__(
        self,
        send: Callable[[Request], Awaitable[Completion]],
        deliver: Callable[[list[Completion | BaseException]], None],
        window: Window,
        attempts: int,
        lost_before: set[str],
        answered_before: Callable[[], bool],
    ) -> None:
        self.more = False
        """Whether further requests are known to follow: then a hopeless run ends early."""
        self.sent: dict[str, Request] = {}
        """What may have been answered, less what the caller has taken; refusals are not in it."""
        self._lost_before = lost_before
        self._answered_before = answered_before
        self._send = send
        self._hand_over = deliver
        self._outcomes: list[Completion | BaseException] = []
        self._window = window
        self._attempts = attempts
        self._waiting: deque[_Job] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._answered = 0
        self._given_up = 0
        self._rejected = 0
        self._rejection = ""
        self._lost = 0
        self._stopped = False
        self._problem: BaseException | None = None

    def add(self, request: Request) -> None:
        """Queue a request; any thread may. It is sent by the next `pump`."""
        self._waiting.append(_Job(request, answered=self._answered))

    def pump(self) -> None:
        """Send as many as the window allows; while in doubt nothing new.

        Rejections come faster than answers: whether nothing can be answered is known only when
        nothing is under way. Once anything was, rejections are their rows' own failures.
        """
        while self._waiting and len(self._tasks) < self._window.size and not self._stopped:
            if self._waiting[0].tries == 0 and self._in_doubt():
                if not self._tasks and not self._timers:
                    words = f"{self._rejected} requests were rejected and none was answered"
                    self._end(TerminalError(f"{words}: {self._rejection}"))
                return
            task = asyncio.get_running_loop().create_task(self._run(self._waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Drop what is under way."""
        self._send_no_more()
        self._cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._flush()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._end(problem)
        self._tell()
        self.pump()

    def _end(self, problem: BaseException) -> None:
        """Send no more, and report the problem when what is under way has ended."""
        if self._stopped:
            return
        self._send_no_more()
        self._problem = problem
        self._timers.add(asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._cancel))
        self._tell()

    def _tell(self) -> None:
        if self._problem is not None and not self._tasks:
            self._deliver(self._problem)
            self._problem = None

    def _send_no_more(self) -> None:
        self._stopped = True
        self._waiting.clear()
        for timer in self._timers:
            timer.cancel()

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _in_doubt(self) -> bool:
        answered = self._answered or self._answered_before()
        return self.more and self._rejected >= _HOPELESS and not answered

    def _deliver(self, outcome: Completion | BaseException) -> None:
        """Hand an outcome over, together with all others of this turn of the loop."""
        self._outcomes.append(outcome)
        if len(self._outcomes) == 1:
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        outcomes, self._outcomes = self._outcomes, []
        self._hand_over(outcomes)

    async def _run(self, job: _Job) -> None:
        if job.first_sent is None:
            job.first_sent = self._answered
        try:
            completion = await self._ask(job.request)
        except LostError as exc:
            self._window.record(refused=exc.overloaded)
            self._lose(job, exc)
        except RetryableError as exc:
            self._window.record(refused=exc.overloaded)
            self._retry(job, exc)
        except RejectedError as exc:
            self._window.record(refused=False)
            if not exc.too_long:
                self._rejected += 1
                self._rejection = str(exc)
            self._deliver(failed(job.request, exc, lost=False))
        else:
            self._window.record(refused=False)
            self._answered += 1
            self._given_up = self._lost = 0
            self._deliver(completion)

    async def _ask(self, request: Request) -> Completion:
        self.sent[request.id] = request
        try:
            return await self._send(request)
        except ModelError:
            del self.sent[request.id]
            raise

    def _retry(self, job: _Job, problem: RetryableError) -> None:
        """Send again later. A refusal for overload counts only if nobody else was answered.

        A server out of reach counts for no request; where it is not awaited the run ends.
        """
        job.tries += 1
        if isinstance(problem, UnreachableError):
            if job.tries >= self._attempts and not problem.awaited:
                raise problem
        elif not problem.overloaded or job.answered == self._answered:
            job.failures += 1
        job.answered = self._answered
        wish = problem.retry_after_seconds
        if wish is not None and wish > _LONGEST_WAIT_SECONDS:
            raise RetryableError(f"the server asks to wait {wish:.0f} s; run again then: {problem}")
        if job.failures >= self._attempts:
            self._give_up(job, problem)
            return
        first, longest = _BACK_OFF_SECONDS
        wait = min(longest, first * 2 ** min(job.tries - 1, 10)) * random.uniform(0.5, 1)
        wait = max(wait, wish * random.uniform(1, 1.1)) if wish is not None else wait
        self._later(wait, job)

    def _later(self, seconds: float, job: _Job) -> None:
        def again() -> None:
            self._timers.discard(timer)
            self._waiting.appendleft(job)
            self.pump()

        timer = asyncio.get_running_loop().call_later(seconds, again)
        self._timers.add(timer)

    def _lose(self, job: _Job, problem: LostError) -> None:
        """Deliver it as lost. What was lost before says nothing new of the server."""
        self._lost += job.request.id not in self._lost_before
        self._lost_before.add(job.request.id)
        if self._lost >= _HOPELESS_LOSSES and self.more:
            raise RetryableError(f"{self._lost} answers were lost one after another: {problem}")
        self._deliver(failed(job.request, problem, lost=True))

    def _give_up(self, job: _Job, problem: RetryableError) -> None:
        """Deliver it as failed, unless new requests fail too and more of them would be wasted.

        Requests that were sent before others were answered end late, one after another, because
        they were tried so often; only those sent since the last answer tell of the server.
        """
        self._given_up += job.first_sent == self._answered
        if self._given_up >= _HOPELESS and self.more:
            words = f"{self._given_up} requests failed with no answer between"
            raise RetryableError(f"{words}: {problem}")
        self._deliver(failed(job.request, problem, lost=False))


def dropped(request: Request) -> Completion:
    """A request that was under way when the run ended: the server may answer it all the same."""
    return failed(request, LostError("dropped: the run ended before the answer"), lost=True)


def failed(request: Request, problem: ModelError, *, lost: bool) -> Completion:
    """A request that came to no answer; one that was `lost` may be charged all the same."""
    usage = Usage()
    if lost:
        usage = Usage(1, request_tokens(request.messages, request.tools), estimated=True)
    return Completion(request, "", "failed", usage, error=str(problem), lost=lost)
