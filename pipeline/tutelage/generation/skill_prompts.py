"""What prompts show of a leaf's seeds: for new task inputs, and for answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from tutelage.generation.prompt_templates import render
from tutelage.generation.shots import Shot, shots_of
from tutelage.models.chat import Message
from tutelage.taxonomy.attribute_grid import (
    Cell,
    answered_attributes,
    deciding_attributes,
    named_attributes,
)
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.seed_opening import FramedOpening, framed_opening, seed_opening


@dataclass(frozen=True, slots=True)
class Skill:
    """A leaf as prompts show it (a skill, mostly); what is read off its seeds is read once."""

    leaf: Leaf
    shots: tuple[Shot, ...]
    opening: FramedOpening
    """Left out of prompts for task inputs, and put before what is written."""
    named: tuple[str, ...]
    deciding: tuple[str, ...]
    answered: tuple[str, ...]
    """Attributes that every seed answer spells out."""

    @classmethod
    def of(cls, leaf: Leaf) -> Self:
        """What prompts need to know of a leaf."""
        named = tuple(named_attributes(leaf, seed_opening(leaf)))
        deciding = tuple(deciding_attributes(leaf, named))
        answered = tuple(answered_attributes(leaf))
        return cls(leaf, tuple(shots_of(leaf)), framed_opening(leaf), named, deciding, answered)

    def instruction_prompt(
        self, template: str, cell: Cell, number: int = 0, count: int = 1, context: str = ""
    ) -> tuple[Message, ...]:
        """Asks for `count` task inputs of one cell, about `context` where there is one.

        `number` counts the prompts: templates may show another example each time.
        """
        shown = [
            {
                "attributes": shot.attributes,
                "question": shot.question.removeprefix(self.opening.filled(shot.attributes)),
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
        """Asks for the answer, few-shot; the teacher sees the attributes that decide it."""
        deciding = self.deciding if cell else ()
        shots = self._alike(cell) if deciding else _nearest_last(self.shots, cell, self.answered)
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
        """Shots that share the attributes which no question spells out, the nearest last.

        What a text does not say a small teacher learns from examples only, and most from the last.
        Those that decide the answer all shots share, where at least two do.
        """
        unsaid = [name for name in self.leaf.attributes if name not in self.named and name in cell]
        deciding = [name for name in unsaid if name in self.deciding]
        alike = [s for s in self.shots if all(s.attributes.get(n) == cell[n] for n in deciding)]
        return _nearest_last(alike if len(alike) > 1 else self.shots, cell, unsaid)


def _nearest_last(shots: Sequence[Shot], cell: Cell, names: Sequence[str]) -> Sequence[Shot]:
    """Shots in their order, but those that share more of some attributes with a cell later."""
    return sorted(
        shots, key=lambda s: sum(n in cell and s.attributes.get(n) == cell[n] for n in names)
    )


def _answered(shot: Shot, deciding: Sequence[str]) -> dict[str, Any]:
    return {
        "question": shot.question,
        "context": shot.context,
        "answer": shot.answer,
        "told": {name: shot.attributes[name] for name in deciding},
    }
