"""What writers with prompts of their own share: requests with their seeds, and rows."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.fences import unfenced
from tutelage.generation.answers import whole_sentences
from tutelage.generation.copied_example import copied_example
from tutelage.generation.session import GenerationSession, RequestCoroutine, parse_numbered_list
from tutelage.generation.shots import Shot, shots_of
from tutelage.models.chat import Completion, Message, Request, unusable
from tutelage.taxonomy.attribute_grid import Cell, weighted_grid
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf


@dataclass
class PromptWriter:
    """A writer for one leaf; subclasses say which cells there are and what is asked about them."""

    independent_cells: ClassVar[bool] = False

    desk: GenerationSession
    leaf: Leaf
    _turns: int = 0
    _asked: int = 0

    @property
    def cells(self) -> Sequence[str]:
        """What is to be covered evenly."""
        raise NotImplementedError

    def cell_of(self, row: Row) -> str:
        """The cell that a row was written for."""
        return str(row.get("cell") or "")

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """Rows for the cells."""
        raise NotImplementedError

    @cached_property
    def shots(self) -> list[Shot]:
        """The leaf's seeds."""
        return shots_of(self.leaf)

    @cached_property
    def passages(self) -> list[Passage]:
        """The passages of the leaf's documents in a seeded order."""
        found = list(self.desk.passages(self.leaf))
        self.draw("passages").shuffle(found)
        return found

    @cached_property
    def grid(self) -> dict[str, tuple[Cell, float]]:
        """The cells of the leaf's attribute grid by name, with their weights; an empty one where it
        has none."""
        seed = self.desk.context.seed_for(self.leaf.path, "cells")
        return weighted_grid(self.leaf, seed, self.desk.settings.level(self.leaf))

    def attribute_cell(self, n: int) -> Cell:
        """The n-th cell to use of the attribute grid: each in turn, or drawn by weight."""
        cells = list(self.grid.values())
        weights = [weight for _, weight in cells]
        if len(set(weights)) == 1:
            return cells[n % len(cells)][0]
        return self.draw("cell", n).choices(cells, weights)[0][0]

    @property
    def task(self) -> str:
        """What the leaf is about, on one line."""
        return " ".join(self.leaf.task_description.split())

    def draw(self, *parts: Any) -> random.Random:
        """A source of random choices of its own."""
        return random.Random(self.desk.context.seed_for(self.leaf.path, *parts))

    def turn(self) -> int:
        """A counter by name: which topic, seed or cell is next in turn."""
        self._turns += 1
        return self._turns - 1

    def ask(
        self,
        prompt: tuple[Message, ...],
        max_tokens: int,
        kind: str = "ask",
        temperature: float | None = None,
        *,
        whole: bool = True,
    ) -> Request:
        """A request of this leaf with a seed of its own."""
        name = f"{self.leaf.path}/{kind}/{self._asked}"
        self._asked += 1
        return self.desk.request(
            name, self.leaf.path, prompt, (name,), max_tokens, temperature, whole=whole
        )

    def rows(
        self, answers: Sequence[Completion], count: int, parents: Sequence[str], more: Row
    ) -> Iterator[Row]:
        """The instructions in the last of some answers as rows, `more` in each."""
        for number, (text, reason) in enumerate(parse_numbered_list(answers[-1], count)):
            row = self.desk.row(self.leaf.path, text, answers, parents, number) | more
            if row.get("context") and self.leaf.kind != "knowledge":
                whole = f"{row['context']}\n\n{text}"
                row["prompt"] = [{"role": "user", "content": whole}]
            yield row | {"reason": reason} if reason else row

    def plain_text(self, answer: Completion) -> tuple[str, str | None]:
        """The plain text of an answer, and why it is none; one that was cut ends at a sentence,
        unless it was asked for whole."""
        text, reason = unfenced(answer.text), unusable(answer)
        if answer.finish_reason == "length" and not answer.request.whole:
            text = whole_sentences(text)
            reason = None if text else reason
        return text, reason or copied_example(answer, text)

    def text_row(self, text: str, answer: Completion, parents: Sequence[str]) -> Row:
        """A row of a plain text, which answers nobody."""
        row = self.desk.row(self.leaf.path, "", [answer], parents)
        del row["prompt"]
        return row | {"text": text, "answer_form": "text"}
