"""What prompts show of a leaf's seeds: for new task inputs, and for answers."""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pipeline.flows.shots import Shot, seed_opening, shots_of
from pipeline.models.chat import Message
from pipeline.prompts import render
from pipeline.taxonomy import Leaf, Seed
from pipeline.wording import has_phrase

Cell = dict[str, str]


_MOST_CELLS = 10_000
"""More rows than anybody asks of one leaf; a few attributes make far more cells."""


def grid(leaf: Leaf, seed: int) -> list[Cell]:
    """The cells of the attribute grid, 10,000 at most; a single empty one without a grid.

    Their order follows the seed, and is even from the start: among the first cells, however few,
    no value of an attribute stands more than once more often than another.
    """
    draw = random.Random(seed)
    decks = [draw.sample(values, len(values)) for values in leaf.attributes.values()]
    places = itertools.islice(_diagonals([len(deck) for deck in decks], draw), _MOST_CELLS)
    return [
        {name: deck[n] for name, deck, n in zip(leaf.attributes, decks, place, strict=True)}
        for place in places
    ]


def _diagonals(sizes: Sequence[int], draw: random.Random) -> Iterator[tuple[int, ...]]:
    """Every place of a grid once, along diagonals that wrap around at its edges.

    A diagonal is as long as the sizes' least common multiple, so it has every number of a size
    equally often; two of them are the same or share no place.
    """
    seen: set[tuple[int, ...]] = set()
    while len(seen) < math.prod(sizes):
        start = [draw.randrange(size) for size in sizes]
        for step in range(math.lcm(*sizes)):
            place = tuple((n + step) % size for n, size in zip(start, sizes, strict=True))
            if place in seen:
                break  # a diagonal that was walked before
            seen.add(place)
            yield place


def named_attributes(leaf: Leaf, opening: str) -> list[str]:
    """Attributes whose value every seed question spells out: a product, say, but not a mood.

    The opening that all questions share does not count.
    """
    start = len(opening)
    return [
        name
        for name in leaf.attributes
        if all(_spells(seed.question[start:], seed, name) for seed in leaf.seeds)
    ]


def deciding_attributes(leaf: Leaf, named: Sequence[str]) -> list[str]:
    """Attributes that decide the answer, if any of them is not `named` in the question.

    They decide it where every seed answer spells their value out.
    """
    deciding = [
        name
        for name in leaf.attributes
        if all(_spells(seed.answer, seed, name) for seed in leaf.seeds)
    ]
    return deciding if set(deciding) - set(named) else []


@dataclass(frozen=True, slots=True)
class Skill:
    """A leaf as prompts show it (a skill, mostly); what is read off its seeds is read once."""

    leaf: Leaf
    shots: tuple[Shot, ...]
    opening: str
    """Left out of prompts for task inputs, and put before what is written."""
    named: tuple[str, ...]
    deciding: tuple[str, ...]

    @classmethod
    def of(cls, leaf: Leaf) -> Self:
        """What is to know of a leaf."""
        opening = seed_opening(leaf)
        named = tuple(named_attributes(leaf, opening))
        deciding = tuple(deciding_attributes(leaf, named))
        return cls(leaf, tuple(shots_of(leaf)), opening, named, deciding)

    def instruction_prompt(
        self, template: str, cell: Cell, number: int = 0, count: int = 1, context: str = ""
    ) -> tuple[Message, ...]:
        """Asks for `count` task inputs of one cell, about `context` where there is one.

        `number` counts the prompts: templates may show another example each time.
        """
        start = len(self.opening)
        shown = [
            {
                "attributes": shot.attributes,
                "question": shot.question[start:],
                "context": shot.context or "",
            }
            for shot in self._alike(cell)
        ]
        turned = number % len(shown)
        return render(
            template,
            task=self.task,
            shots=shown,
            rotated=shown[turned:] + shown[:turned],
            attributes=cell,
            count=count,
            context=context,
        )

    def answer_prompt(
        self, template: str, question: str, context: str | None, cell: Cell, persona: str
    ) -> tuple[Message, ...]:
        """Asks for the answer, few-shot; the teacher is told attributes that decide it."""
        deciding = self.deciding if cell else ()
        shots = self._alike(cell) if deciding else self.shots
        shown = [_answered(shot, deciding) for shot in shots]
        told = {name: cell[name] for name in deciding if name in cell}
        return render(
            template,
            task=self.task,
            shots=shown,
            question=question,
            context=context,
            told=told,
            persona=persona,
        )

    @property
    def task(self) -> str:
        """What the leaf is about, on one line."""
        return " ".join(self.leaf.task_description.split())

    def _alike(self, cell: Cell) -> Sequence[Shot]:
        """Shots that share the attributes which no question spells out, where at least two do.

        What a text does not say a small teacher learns from examples only.
        """
        unsaid = [n for n in self.leaf.attributes if n not in self.named and n in cell]
        alike = [s for s in self.shots if all(s.attributes.get(n) == cell[n] for n in unsaid)]
        return alike if unsaid and len(alike) > 1 else self.shots


def _answered(shot: Shot, deciding: Sequence[str]) -> dict[str, Any]:
    return {
        "question": shot.question,
        "context": shot.context,
        "answer": shot.answer,
        "told": {name: shot.attributes[name] for name in deciding},
    }


def _spells(text: str, seed: Seed, name: str) -> bool:
    return name in seed.attributes and has_phrase(text, seed.attributes[name])
