"""The skill flow: new task inputs, spread evenly over the leaf's attribute grid."""

import itertools
import random
from collections.abc import Sequence

from pipeline.flows.shots import Shot
from pipeline.models.chat import Message
from pipeline.prompts import render
from pipeline.taxonomy import Leaf


def cells(leaf: Leaf, count: int, seed: int) -> list[dict[str, str]]:
    """`count` cells of the attribute grid, each about equally often; empty cells where there is no grid."""
    grid = [
        dict(zip(leaf.attributes, values, strict=True))
        for values in itertools.product(*leaf.attributes.values())
    ]
    random.Random(seed).shuffle(grid)
    return [grid[n % len(grid)] for n in range(count)]


def instruction_prompt(
    template: str, leaf: Leaf, cell: dict[str, str], shots: Sequence[Shot], opening: str
) -> tuple[Message, ...]:
    """Asks for a task input of one cell; the opening that all questions share is left out."""
    shown = [
        {"attributes": shot.attributes, "question": shot.question[len(opening) :]} for shot in shots
    ]
    task = " ".join(leaf.task_description.split())
    return render(template, task=task, shots=shown, attributes=cell)


def answer_prompt(
    template: str, leaf: Leaf, question: str, context: str | None, shots: Sequence[Shot]
) -> tuple[Message, ...]:
    """Asks for the answer to a task, with all of the leaf's seeds as examples."""
    task = " ".join(leaf.task_description.split())
    return render(template, task=task, shots=list(shots), question=question, context=context)
