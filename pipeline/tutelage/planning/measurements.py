"""What was measured of a stage: by a pilot just now, or by an earlier run that is in the store."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tutelage.planning.estimates import Estimate
from tutelage.planning.row_estimates import TextLength
from tutelage.recipe.recipe import Step

_PRIOR = 2.0
"""How many rows the expectation, or what other leaves show, weighs beside a leaf's own."""
_WIDE = 1.2816
"""Of a normal distribution, 80% lie within so many standard deviations."""
Kind = tuple[str, str, int]
"""Requests alike: model, leaf and limit of tokens."""


@dataclass(slots=True)
class Uses:
    """Requests of one kind, counted together."""

    requests: int = 0
    """Those that were answered."""
    input_tokens: int = 0
    estimated_tokens: int = 0
    """What their prompts were estimated at; 0 where this is not known."""
    output_tokens: int = 0
    own_tokens: int = 0
    """Of the estimated ones those of the last turn, which requests do not share."""
    asked: int = 0
    """Those that the stage wanted an answer to, sent by a pilot or not."""

    def __add__(self, other: "Uses") -> "Uses":
        return Uses(*(getattr(self, name) + getattr(other, name) for name in Uses.__slots__))


@dataclass(slots=True)
class Measurements:
    """Measurements of one stage; `source` says whose."""

    source: str
    whole: bool = field(default=False, kw_only=True)
    """Whether all rows of a run were seen: a pilot's few do not show that rows repeat others."""
    funnel: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By leaf: rows kept, of so many tried."""
    tries: int = 0
    """Rows tried, and those that would have been had a pilot asked all that it was to ask."""
    passed: Counter[str] = field(default_factory=Counter)
    """By leaf: those of them that a stage of the very same settings had kept before."""
    uses: dict[Kind, Uses] = field(default_factory=dict)
    """By model, leaf and limit of tokens; an earlier run's with limit 0, for all limits."""
    given: Counter[str] = field(default_factory=Counter)
    """By leaf: rows that the stage was given."""
    sampled: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By leaf: what a stage that chooses itself would try, and how much of it a pilot tried."""
    lengths: dict[str, TextLength] = field(default_factory=dict)
    """By leaf, of the rows that were made."""
    seconds: float | None = None
    """What all of it took an earlier run."""
    own_seconds: float = 0.0
    """The part of it in which no model was asked."""
    expected: tuple[int, int] = (0, 0)
    """What stages with the same settings kept, of so many: the measure where this one has none."""

    def tried(self) -> dict[str, tuple[int, int]]:
        """By leaf: rows kept, of so many that were here for the first time."""
        return {
            leaf: (max(0, kept - self.passed[leaf]), max(0, tried - self.passed[leaf]))
            for leaf, (kept, tried) in self.funnel.items()
        }

    def kept(self, leaf: str, expected: Estimate) -> Estimate:
        """The share kept of a leaf's tries, with its 80% interval; `expected` if unmeasured."""
        by_leaf = self.tried()
        kept, tried = by_leaf.get(leaf, (0, 0))
        all_kept, all_tried = _sums(by_leaf.values())
        if not all_tried and not self.expected[1]:
            return expected
        base = _towards(self.expected, expected.expected)
        mean = _towards((kept, tried), _towards((all_kept, all_tried), base))
        return _share(mean, tried + min(all_tried, 2 * _PRIOR))

    def tries_per_row(self, expected: float) -> float:
        """How many rows the stage tries to make of one that it is given."""
        given = self.given.total()
        return self.tries / given if self.tries and given else expected

    def per_row(self, model: str, leaf: str) -> dict[int, Estimate] | None:
        """By limit of tokens: requests to a model for each row given; None if not measured."""
        if not self.given.total():
            return None
        found = {}
        for limit in dict.fromkeys(most for name, _, most in self.uses if name == model):
            alike = self._alike(model, limit)
            uses = {where: one.asked for where, one in alike.items()}
            mean = sum(uses.values()) / self.given.total()
            rows = self.given[leaf]
            rate = (uses.get(leaf, 0) + _PRIOR * mean) / (rows + _PRIOR)
            whole, part = divmod(round(rate, 6), 1.0)
            found[limit] = Estimate.exactly(whole) + _share(part, rows)
        return found

    def output_tokens(self, model: str, leaf: str, limit: int) -> Estimate | None:
        """Tokens of an answer; what the model says for other leaves counts a little."""
        alike = self._alike(model, limit)
        everywhere = sum(alike.values(), Uses())
        if not everywhere.requests:
            return None
        mean = everywhere.output_tokens / everywhere.requests
        own = alike.get(leaf, Uses())
        expected = (own.output_tokens + _PRIOR * mean) / (own.requests + _PRIOR)
        spread = 1 / math.sqrt(own.requests + 1)
        high = expected * (1 + spread)
        return Estimate(expected * (1 - spread / 2), expected, min(limit, high) if limit else high)

    def prompt_tokens(self, model: str, leaf: str, limit: int) -> tuple[float, float | None] | None:
        """Tokens of a prompt, and those of them that no other request shares, if that is known."""
        alike = self._alike(model, limit)
        own = alike.get(leaf)
        uses = own if own and own.requests else sum(alike.values(), Uses())
        if not uses.requests:
            return None
        whole = uses.input_tokens / uses.requests
        if not uses.estimated_tokens:
            return whole, None
        return whole, whole * uses.own_tokens / uses.estimated_tokens

    def _alike(self, model: str, limit: int) -> dict[str, Uses]:
        """Uses of a model by leaf, for answers of the same limit; else for all limits together."""
        for wanted in (limit, 0):
            found = {
                leaf: uses
                for (name, leaf, most), uses in self.uses.items()
                if name == model and most == wanted
            }
            if found:
                return found
        return {}


def siblings(
    steps: Iterable[Step], of: dict[str, Measurements]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """By stage: rows kept, of so many tried, by the other stages with the very same settings."""
    every = [(step, of[step.name]) for step in steps if step.name in of]
    for step, _ in every:
        alike = [
            pair
            for other, measured in every
            if other.name != step.name and other.stage == step.stage
            for pair in measured.tried().values()
        ]
        yield step.name, _sums(alike)


def _sums(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    every = list(pairs)
    return sum(one for one, _ in every), sum(other for _, other in every)


def _share(mean: float, count: float) -> Estimate:
    """A share measured on so many, with its 80% interval."""
    spread = _WIDE * math.sqrt(mean * (1 - mean) / (count + 1))
    return Estimate(max(0.0, mean - spread), mean, min(1.0, mean + spread))


def _towards(counts: tuple[int, int], prior: float) -> float:
    """A share measured on few rows, drawn to what is expected as the mean of a beta prior does."""
    kept, tried = counts
    return (kept + _PRIOR * prior) / (tried + _PRIOR)
