"""What a stage can say of its work before it runs: rows out, requests, tokens, from low to high.

`Stage.forecast` takes what `run` takes, except that nothing is there yet: a `RowEstimate` stands
for rows, a name for a model or a checkpoint. What a pilot or an earlier run measured comes in as
`Measurements`; where nothing was, a stage names the range that it would expect.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Union

from tutelage.core.artifacts import Row, answer_of, request_of
from tutelage.models.chat import Message
from tutelage.models.token_estimate import estimate_tokens


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is not known yet: at least, most likely, at most. Never negative."""

    low: float
    likely: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> "Estimate":
        """A number that is known."""
        return cls(value, value, value)

    def __add__(self, other: "Estimate") -> "Estimate":
        """The sum; as if both were low, or high, together, so rather too wide than too narrow."""
        return Estimate(self.low + other.low, self.likely + other.likely, self.high + other.high)

    def __mul__(self, other: Union["Estimate", float]) -> "Estimate":
        """The product, each end with its like."""
        by = other if isinstance(other, Estimate) else Estimate.exactly(other)
        return Estimate(self.low * by.low, self.likely * by.likely, self.high * by.high)

    def __pow__(self, power: float) -> "Estimate":
        """Each end to a power."""
        return Estimate(self.low**power, self.likely**power, self.high**power)

    @property
    def ends(self) -> tuple[float, float, float]:
        """Low, likely, high."""
        return self.low, self.likely, self.high

    def at_most(self, limit: float) -> "Estimate":
        """No end above `limit`."""
        return Estimate(min(self.low, limit), min(self.likely, limit), min(self.high, limit))

    def short_of(self, wanted: float) -> "Estimate":
        """What is missing to `wanted`, nothing where there is enough."""
        return Estimate(
            *(max(0.0, wanted - value) for value in (self.high, self.likely, self.low)),
        )

    def to_json(self) -> dict[str, float]:
        """A plain mapping."""
        return {"low": self.low, "likely": self.likely, "high": self.high}


NOTHING = Estimate(0, 0, 0)


def total(spans: Iterable[Estimate]) -> Estimate:
    """The sum of spans."""
    return sum(spans, NOTHING)


@dataclass(frozen=True, slots=True)
class Length:
    """Tokens of one row."""

    question: Estimate
    answer: Estimate

    @property
    def whole(self) -> Estimate:
        """Question and answer together."""
        return self.question + self.answer

    def __mul__(self, by: Estimate) -> "Length":
        """Both, each end with its like."""
        return Length(self.question * by, self.answer * by)


def mean_length(lengths: Iterable[tuple[Length, float]]) -> Length:
    """The mean of lengths, each with its weight; plain where all weights are 0."""
    given = list(lengths)
    if not any(weight for _, weight in given):
        given = [(length, 1.0) for length, _ in given]
    whole = sum(weight for _, weight in given)
    return Length(
        total(length.question * (weight / whole) for length, weight in given),
        total(length.answer * (weight / whole) for length, weight in given),
    )


def lengths_of(rows: Iterable[Row]) -> dict[str, Length]:
    """By leaf, the mean length of rows that are there."""
    sizes: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        size = estimate_tokens(request_of(row)), estimate_tokens(answer_of(row))
        sizes.setdefault(row["leaf"], []).append(size)
    return {leaf: known_length(of_leaf) for leaf, of_leaf in sizes.items()}


def known_length(sizes: Sequence[tuple[int, int]]) -> Length:
    """The mean of rows whose question and answer have so many tokens."""
    question, answer = (sum(side) / len(sizes) for side in zip(*sizes, strict=True))
    return Length(Estimate.exactly(question), Estimate.exactly(answer))


@dataclass(frozen=True, slots=True)
class RowEstimate:
    """Rows that a stage will be given, as far as is known."""

    rows: dict[str, Estimate]
    """By leaf."""
    lengths: dict[str, Length]
    """By leaf, of every leaf in `rows`; they differ in it several times over."""
    per_prompt: float = 1.0
    """Rows that share a prompt: several attempts at it."""
    passed: bool = False
    """Whether a stage of the very same settings kept them, so that this one will too."""

    @property
    def count(self) -> Estimate:
        """Rows of all leaves."""
        return total(self.rows.values())

    @property
    def length(self) -> Length:
        """Of a mean row."""
        counts = self.rows.items()
        return mean_length((self.lengths[leaf], count.likely) for leaf, count in counts)


def pooled(supplies: Iterable[RowEstimate]) -> RowEstimate:
    """Several supplies as one; each counts for the tokens of a leaf's row by its likely rows."""
    given = list(supplies)
    leaves = list(dict.fromkeys(leaf for supply in given for leaf in supply.rows))
    rows = {leaf: total(supply.rows.get(leaf, NOTHING) for supply in given) for leaf in leaves}
    lengths = {
        leaf: mean_length(
            (supply.lengths[leaf], supply.rows[leaf].likely)
            for supply in given
            if leaf in supply.rows
        )
        for leaf in leaves
    }
    return RowEstimate(rows, lengths)


@dataclass(frozen=True, slots=True)
class RequestEstimate:
    """Requests of one kind for one leaf."""

    model: str
    """Who is asked: the name that `forecast` was given."""
    leaf: str
    requests: Estimate
    example: tuple[Message, ...]
    """A typical one; all of them are taken to begin with the same turns, but for the last."""
    max_tokens: int
    own_tokens: Estimate | None = None
    """Tokens of the last turn where the example's says nothing of it: a row's question, say."""


@dataclass(frozen=True, slots=True)
class Training:
    """Training on rows: how much, and how it takes memory."""

    rows: Estimate
    tokens: Estimate
    """Of one row; of one pair both answers, each with the prompt."""
    epochs: float
    pairs: bool


@dataclass(frozen=True, slots=True)
class StageForecast:
    """What a stage expects to do and to make."""

    makes: RowEstimate | None = None
    """None where the stage makes no rows."""
    asks: tuple[RequestEstimate, ...] = ()
    training: Training | None = None


class Measurements(Protocol):
    """What was measured of a stage so far."""

    whole: bool
    """Whether all rows of a run were seen: a pilot's few do not show that rows repeat others."""

    def kept(self, leaf: str, expected: Estimate) -> Estimate:
        """The share of a leaf's tries that become rows; `expected` where nothing was measured."""
        ...
