"""How long requests take: what was measured, carried over to other numbers of requests.

A call's seconds are taken to be a sum: so many per prompt token that is new to the engine's cache,
so many per token of an answer, and so many per step, in which every request under way gets its next
token. Steps are what few requests and many differ in: eight at once take about as many as
sixty-four. The three rates are fitted to the calls of a pilot, none below zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tutelage.core.hardware import cores
from tutelage.models.chat import Message, Request
from tutelage.models.model import Model
from tutelage.models.model_shape import Shape
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import Estimate

_CPU_FLOPS_PER_CORE = Estimate(10e9, 50e9, 150e9)
_GPU_FLOPS = Estimate(1e13, 5e13, 3e14)
_BYTES_PER_SECOND = {"CPU": Estimate(5e9, 12e9, 40e9), "GPU": Estimate(3e11, 1e12, 4e12)}
_ENDPOINT_SECONDS_PER_TOKEN = Estimate(0.004, 0.015, 0.06)
_SPREAD = Estimate(0.75, 1.0, 1.5)
"""How far a fitted rate may be out."""
_SHRINK = 0.1
"""Weight of the rate that is expected without any measurement, in the fit."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the seconds of a call depend on."""

    prompt_tokens: float = 0.0
    """New to the cache of the engine."""
    answer_tokens: float = 0.0
    steps: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(
            self.prompt_tokens + other.prompt_tokens,
            self.answer_tokens + other.answer_tokens,
            self.steps + other.steps,
        )


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of each part of the work."""

    prompt: float
    answer: float
    step: float
    spread: Estimate
    """What to multiply by for the quickest and the slowest case."""

    def seconds(self, work: Work) -> float:
        """What work takes, most likely."""
        prompt = self.prompt * work.prompt_tokens
        return prompt + self.answer * work.answer_tokens + self.step * work.steps


@dataclass(slots=True)
class Caller:
    """Turns requests into work, for an engine whose cache may know their beginnings."""

    caches: bool
    _known: set[str] = field(default_factory=set)

    def work(self, requests: Sequence[Request], output_tokens: Sequence[int], at_once: int) -> Work:
        """The work of one call whose answers had so many tokens."""
        new = sum(self._new(request.messages) for request in requests)
        steps = max(max(output_tokens, default=0), sum(output_tokens) / max(1, at_once))
        return Work(new, sum(output_tokens), steps)

    def _new(self, messages: tuple[Message, ...]) -> int:
        if not self.caches:
            return estimate_tokens(messages)
        shared = 0 if self._knows(messages[:-1]) else estimate_tokens(messages[:-1])
        own = estimate_tokens(messages) - estimate_tokens(messages[:-1])
        return shared + (0 if self._knows(messages) else own)

    def _knows(self, messages: tuple[Message, ...]) -> bool:
        """Whether the cache has a beginning; from now on it does."""
        name = repr(messages)
        known = name in self._known
        self._known.add(name)
        return known


@dataclass(frozen=True, slots=True)
class Load:
    """Requests alike: how many, and the tokens of each."""

    requests: float
    shared_tokens: float
    """Of a prompt: what all begin with."""
    own_tokens: float
    answer_tokens: float


def work_of(loads: Iterable[Load], at_once: int, *, caches: bool) -> Work:
    """The work of a stage's requests to one model."""
    whole = Work()
    for load in loads:
        if not load.requests:
            continue
        times = 1 if caches else load.requests
        prompts = times * load.shared_tokens + load.requests * load.own_tokens
        answers = load.requests * load.answer_tokens
        steps = max(load.answer_tokens, answers / min(at_once, max(1.0, load.requests)))
        whole += Work(prompts, answers, steps)
    return whole


def fit(calls: Sequence[tuple[Work, float]], expected: Speed) -> Speed:
    """The rates that explain calls best, by least squares on relative errors, none negative.

    Where calls are too few or too alike to tell the rates apart, they stay near the `expected`.
    """
    import numpy as np
    from scipy.optimize import nnls

    rates = np.array([expected.prompt, expected.answer, expected.step])
    parts = np.array([[w.prompt_tokens, w.answer_tokens, w.steps] for w, _ in calls]) * rates
    seconds = np.array([took for _, took in calls])
    scale = np.sqrt(np.maximum(seconds, 1e-3))  # short calls are noisy, long ones decide
    level = float(seconds.sum() / max(parts.sum(), 1e-9))
    weight = _SHRINK * float(np.linalg.norm(parts / scale[:, None]))
    rows = np.vstack([parts / scale[:, None], weight * np.eye(3)])
    wanted = np.concatenate([seconds / scale, np.full(3, weight * level)])
    factors, _ = nnls(rows, wanted)
    prompt, answer, step = (float(value) for value in factors * rates)
    return Speed(prompt, answer, step, _SPREAD)


def expected_speed(model: Model, shape: Shape | None, device: str) -> Speed | None:
    """What a model of this shape might do here, unmeasured; None where nothing is known of it.

    A local token takes two operations a parameter, a step one reading of the weights in 16 bits.
    """
    if model.reference.kind == "scripted":
        return Speed(0, 0, 0, Estimate(1, 1, 1))
    if model.reference.kind == "endpoint":
        likely = _ENDPOINT_SECONDS_PER_TOKEN.expected
        return Speed(0, 0, likely, _ratio(_ENDPOINT_SECONDS_PER_TOKEN))
    if shape is None:
        return None
    flops = compute(device)
    token = 2 * shape.parameters / flops.expected
    step = 2 * shape.parameters / _BYTES_PER_SECOND[device].expected
    slow = Estimate(*(flops.expected / rate for rate in (flops.high, flops.expected, flops.low)))
    return Speed(token, token, step, slow)


def compute(device: str) -> Estimate:
    """Operations a second of what trains and answers here, unmeasured."""
    return _GPU_FLOPS if device == "GPU" else _CPU_FLOPS_PER_CORE * float(cores())


def spread_over(speed: Speed, low: Work, expected: Work, high: Work) -> Estimate:
    """Seconds from low to high."""
    return Estimate(*(speed.seconds(work) for work in (low, expected, high))) * speed.spread


def _ratio(span: Estimate) -> Estimate:
    return span * (1 / span.expected)
