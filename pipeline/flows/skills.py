"""What prompts show of a leaf's seeds: for new task inputs, and for answers."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from pipeline.flows.shots import Shot, seed_opening, shots_of
from pipeline.models.chat import Message
from pipeline.prompts import render
from pipeline.taxonomy import Leaf, Seed
from pipeline.wording import has_phrase

Cell = dict[str, str]


def grid(leaf: Leaf, seed: int) -> list[Cell]:
    """The cells of the attribute grid in a seeded order; a single empty one without a grid."""
    cells = [
        dict(zip(leaf.attributes, values, strict=True))
        for values in itertools.product(*leaf.attributes.values())
    ]
    random.Random(seed).shuffle(cells)
    return cells


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
