"""Self-Instruct's way, for comparison: seeds drawn at random from all leaves at once."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.text import content_stems
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.session import (
    GenerationSession,
    RequestCoroutine,
    batch_cells,
    parse_numbered_list,
)
from tutelage.generation.writing import Writing, passage_sizes
from tutelage.models.chat import Message, Request
from tutelage.taxonomy.leaf import Leaf, Seed

_SHOWN = 8
"""Instructions in a prompt, as many as there (Wang et al. 2023, arXiv:2212.10560, section 2.2)."""


def pooled_prompt(template: str, seeds: Sequence[Seed], count: int) -> tuple[Message, ...]:
    """Asks for `count` instructions after those of the seeds."""
    return render(template, shots=[{"question": seed.question} for seed in seeds], count=count)


class Pooled(InstructionMethod):
    """Shows seeds drawn from all leaves at once (Self-Instruct, arXiv:2212.10560)."""

    together: ClassVar[bool] = True

    template: TemplateFile = "pooled_instruction"
    """Prompt that shows seeds of all leaves."""

    def of_all(self, desk: GenerationSession, leaves: Sequence[Leaf]) -> "PooledWriter":
        """The writer of the whole pool."""
        return PooledWriter(desk, leaves, self.template)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Try the template."""
        pooled_prompt(self.template, leaf.seeds[:1], 1)

    def places(self, settings: Writing, leaf: Leaf) -> list[int]:
        """The passages of a leaf's documents: as many instructions are asked for as if each were
        asked about."""
        return passage_sizes(leaf, settings)


@dataclass
class PooledWriter:
    """Writes instructions without a leaf in mind; there is one cell, the whole pool.

    No passage is shown and no grid walked. A row belongs to the leaf whose seeds it is most like,
    so that drift between leaves can be counted.
    """

    desk: GenerationSession
    leaves: Sequence[Leaf]
    template: str = "pooled_instruction"
    cells: Sequence[str] = ("pool",)
    _asked: int = 0

    def cell_of(self, row: Row) -> str:
        """There is only one."""
        return self.cells[0]

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """An instruction for each time the cell is named."""
        asked = [
            self._request(count) for _, count in batch_cells(cells, self.desk.settings.per_request)
        ]
        answers = yield [request for request, *_ in asked]
        rows = []
        for request, seeds, count in asked:
            answer = answers[request.id]
            for number, (text, reason) in enumerate(parse_numbered_list(answer, count)):
                row = self.desk.row(self._nearest(text), text, [answer], seeds, number)
                rows.append(row | {"reason": reason} if reason else row)
        return rows

    @cached_property
    def _pool(self) -> list[tuple[Leaf, Seed, frozenset[str]]]:
        return [
            (leaf, seed, frozenset(content_stems(seed.question)))
            for leaf in self.leaves
            for seed in leaf.seeds
        ]

    def _request(self, count: int) -> tuple[Request, list[str], int]:
        n, settings = self._asked, self.desk.settings
        self._asked += 1
        draw = random.Random(self.desk.context.seed_for("pool", n))
        seeds = [seed for _, seed, _ in draw.sample(self._pool, min(_SHOWN, len(self._pool)))]
        prompt = pooled_prompt(self.template, seeds, count)
        most = count * settings.max_tokens
        request = self.desk.request(
            f"pool/{n}", "*", prompt, ("pool", "ask", n), most, whole=count == 1
        )
        return request, [seed.id for seed in seeds], count

    def _nearest(self, text: str) -> str:
        """The leaf of the seed that shares the largest part of its content words with a text."""
        words = set(content_stems(text))
        return max(self._pool, key=lambda one: _likeness(words, one[2]))[0].path


def _likeness(words: set[str], others: frozenset[str]) -> float:
    return len(words & others) / len(words | others) if words | others else 0.0
