"""The skill flow: new task inputs, spread evenly over the attribute grid, and their answers."""

import itertools
import random
from collections.abc import Sequence

from pipeline.flows.shots import Shot, opening, shots_of
from pipeline.models.chat import Message
from pipeline.prompts import render
from pipeline.taxonomy import Leaf, Seed
from pipeline.wording import has_phrase

Cell = dict[str, str]


def cells(leaf: Leaf, count: int, seed: int) -> list[Cell]:
    """`count` cells of the attribute grid, each about equally often; empty ones without a grid."""
    grid = [
        dict(zip(leaf.attributes, values, strict=True))
        for values in itertools.product(*leaf.attributes.values())
    ]
    random.Random(seed).shuffle(grid)
    return [grid[n % len(grid)] for n in range(count)]


def named_attributes(leaf: Leaf) -> list[str]:
    """Attributes whose value every seed question spells out: a product, say, but not a mood."""
    start = len(opening(leaf))
    return [
        name
        for name in leaf.attributes
        if all(_spells(seed.question[start:], seed, name) for seed in leaf.seeds)
    ]


def deciding_attributes(leaf: Leaf) -> list[str]:
    """Attributes that decide the answer, if any of them cannot be read off the question.

    They decide it where every seed answer spells their value out.
    """
    deciding = [
        name
        for name in leaf.attributes
        if all(_spells(seed.answer, seed, name) for seed in leaf.seeds)
    ]
    return deciding if set(deciding) - set(named_attributes(leaf)) else []


def instruction_prompt(
    template: str, leaf: Leaf, cell: Cell, shots: Sequence[Shot]
) -> tuple[Message, ...]:
    """Asks for a task input of one cell; the opening that all questions share is left out."""
    start = len(opening(leaf))
    shown = [
        {"attributes": shot.attributes, "question": shot.question[start:]}
        for shot in _alike(leaf, cell, shots)
    ]
    return render(template, task=_task(leaf), shots=shown, attributes=cell)


def answer_prompt(
    template: str, leaf: Leaf, question: str, context: str | None, cell: Cell
) -> tuple[Message, ...]:
    """Asks for the answer to a task, few-shot; the teacher is told attributes that decide it."""
    decided = deciding_attributes(leaf) if cell else []
    shots = shots_of(leaf)
    shown = [
        {
            "question": shot.question,
            "context": shot.context,
            "answer": shot.answer,
            "told": {name: shot.attributes[name] for name in decided},
        }
        for shot in (_alike(leaf, cell, shots) if decided else shots)
    ]
    told = {name: cell[name] for name in decided if name in cell}
    return render(
        template, task=_task(leaf), shots=shown, question=question, context=context, told=told
    )


def _alike(leaf: Leaf, cell: Cell, shots: Sequence[Shot]) -> Sequence[Shot]:
    """Shots that share the attributes which no question spells out, where at least two do.

    What a text does not say a small teacher learns from examples only.
    """
    named = named_attributes(leaf)
    unsaid = [name for name in leaf.attributes if name not in named and name in cell]
    alike = [shot for shot in shots if all(shot.attributes.get(n) == cell[n] for n in unsaid)]
    return alike if unsaid and len(alike) > 1 else shots


def _spells(text: str, seed: Seed, name: str) -> bool:
    return name in seed.attributes and has_phrase(text, seed.attributes[name])


def _task(leaf: Leaf) -> str:
    return " ".join(leaf.task_description.split())
