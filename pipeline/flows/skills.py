"""The skill flow: new task inputs, spread evenly over the leaf's attribute grid, and their answers."""

import itertools
import random
from collections.abc import Sequence
from typing import Any

from pipeline.flows.shots import Shot, opening
from pipeline.models.chat import Message
from pipeline.prompts import render
from pipeline.taxonomy import Leaf, Seed
from pipeline.wording import has_phrase

Cell = dict[str, str]


def cells(leaf: Leaf, count: int, seed: int) -> list[Cell]:
    """`count` cells of the attribute grid, each about equally often; empty cells where there is no grid."""
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
    """Asks for a task input of one cell; the opening that all questions share is left out.

    The examples shown share the cell's unspoken attributes where at least two do: what a text does not spell out
    a small teacher learns from examples only.
    """
    spoken = named_attributes(leaf)
    unspoken = [name for name in leaf.attributes if name not in spoken]
    alike = [s for s in shots if all(s.attributes.get(n) == cell[n] for n in unspoken)]
    chosen = alike if unspoken and len(alike) > 1 else shots
    start = len(opening(leaf))
    shown = [{"attributes": s.attributes, "question": s.question[start:]} for s in chosen]
    return render(template, task=_task(leaf), shots=shown, attributes=cell)


def answer_prompt(
    template: str,
    leaf: Leaf,
    question: str,
    shots: Sequence[Shot],
    context: str | None = None,
    told: Cell | None = None,
) -> tuple[Message, ...]:
    """Asks for the answer to a task, with all of the leaf's seeds as examples.

    `told` are attributes of the task that the teacher is told of; the examples then tell theirs.
    """
    shown = [
        {
            "question": shot.question,
            "context": shot.context,
            "answer": shot.answer,
            "told": {name: shot.attributes.get(name, "") for name in told or {}},
        }
        for shot in shots
    ]
    values: dict[str, Any] = {
        "question": question,
        "context": context,
        "told": told or {},
    }
    return render(template, task=_task(leaf), shots=shown, **values)


def _spells(text: str, seed: Seed, name: str) -> bool:
    return name in seed.attributes and has_phrase(text, seed.attributes[name])


def _task(leaf: Leaf) -> str:
    return " ".join(leaf.task_description.split())
