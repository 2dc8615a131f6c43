"""Tasks for a skill leaf: freeform, or about contexts that are written first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

from tutelage.core.artifacts import Row
from tutelage.core.fences import unfenced
from tutelage.generation.session import (
    GenerationSession,
    RequestCoroutine,
    RequestRate,
    batch_cells,
    parse_numbered_list,
)
from tutelage.generation.skill_prompts import Skill
from tutelage.generation.task_shape import TaskShape
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Request, unusable
from tutelage.models.token_counter import token_counter
from tutelage.models.token_estimate import estimate_tokens
from tutelage.taxonomy.attribute_grid import (
    DIFFICULTY,
    Cell,
    cell_name,
    settling_attribute,
    weighted_grid,
)
from tutelage.taxonomy.leaf import Leaf


def is_grounded(leaf: Leaf) -> bool:
    """Whether a skill's tasks are about a text: some seed shows one."""
    return any(seed.context for seed in leaf.seeds)


class _Ask(NamedTuple):
    """A request for tasks of a cell, about a context where there is one."""

    request: Request
    cell: Cell
    wanted: int
    context: Completion | None


@dataclass
class Tasks:
    """Writes task inputs; a cell is one of the attribute grid, as JSON."""

    independent_cells: ClassVar[bool] = False

    desk: GenerationSession
    leaf: Leaf
    _asked: int = 0
    _contexts: int = 0

    @classmethod
    def of(cls, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "Tasks":
        """The writer of a leaf; earlier rows do not matter for tasks."""
        return cls(desk, leaf)

    @classmethod
    def check(cls, settings: Writing, leaf: Leaf) -> None:
        """Try the templates that the leaf needs."""
        skill = Skill.of(leaf)
        if not is_grounded(leaf):
            skill.instruction_prompt(settings.skill_template, skill.shots[0].attributes)
            return
        for template in (settings.context_template, settings.grounded_template):
            skill.instruction_prompt(template, skill.shots[0].attributes, context="A text.")

    @classmethod
    def places(cls, settings: Writing, leaf: Leaf) -> list[int]:
        """A skill has no documents."""
        return []

    @classmethod
    def has_levels(cls, leaf: Leaf) -> bool:
        """Whether the leaf's grid has values of `difficulty` to choose from."""
        return len(leaf.attributes.get(DIFFICULTY, ())) > 1

    @classmethod
    def rates(cls, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """Tasks, and contexts where the skill is grounded."""
        size = settings.per_request
        most = TaskShape(leaf, estimate_tokens).allowance(settings.max_tokens)
        found = [RequestRate(size * most, per_try=1 / size)]
        if is_grounded(leaf):
            contexts = 1 / settings.questions_per_context
            found.append(RequestRate(settings.context_tokens, per_try=contexts))
        return found

    @property
    def cells(self) -> Sequence[str]:
        """The attribute grid in a seeded order that is even by value."""
        return list(self._grid)

    @property
    def weights(self) -> Mapping[str, float]:
        """The share of the rows that each cell is to have."""
        return {name: weight for name, (_, weight) in self._weighted.items()}

    def cell_of(self, row: Row) -> str:
        """The cell that a row was written for."""
        return cell_name(row.get("attributes") or {})

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """Task inputs for the cells; a grounded skill's each with its context."""
        rows: list[Row] = []
        about = is_grounded(self.leaf)
        asks = (yield from self._grounded(cells, rows)) if about else self._freeform(cells)
        answers = yield [ask.request for ask in asks]
        for ask in asks:
            answer = answers[ask.request.id]
            for number, (text, reason) in enumerate(parse_numbered_list(answer, ask.wanted)):
                text, reason = self._shape.fitted(text, reason)
                row = self._row(ask, answer, number, text)
                reason = reason or self._shape.differs(text)
                rows.append(row | {"reason": reason} if reason else row)
        return rows

    @cached_property
    def _grid(self) -> dict[str, Cell]:
        return {name: cell for name, (cell, _) in self._weighted.items()}

    @cached_property
    def _weighted(self) -> dict[str, tuple[Cell, float]]:
        seed = self.desk.context.seed_for(self.leaf.path, "cells")
        return weighted_grid(self.leaf, seed, self.desk.settings.level(self.leaf))

    @cached_property
    def _skill(self) -> Skill:
        return Skill.of(self.leaf)

    def _freeform(self, cells: Sequence[str]) -> list[_Ask]:
        template, most = self.desk.settings.skill_template, self.desk.settings.per_request
        return [
            self._ask(template, self._grid[cell], count, None)
            for cell, count in batch_cells(cells, most)
        ]

    def _grounded(self, cells: Sequence[str], rows: list[Row]) -> RequestCoroutine[list[_Ask]]:
        """Asks about new contexts; a context that cannot be used becomes a rejected row."""
        settings = self.desk.settings
        wanted = [
            (self._context_request(self._grid[cell]), self._grid[cell], count)
            for cell, count in batch_cells(cells, settings.questions_per_context)
        ]
        answers = yield [request for request, *_ in wanted]
        asks = []
        for request, cell, count in wanted:
            context = answers[request.id]
            if reason := unusable(context):
                row = self.desk.row(self.leaf.path, "", [context], self._parents)
                rows.append(row | {"attributes": cell, "reason": f"context {reason}"})
                continue
            for _, some in batch_cells([""] * count, settings.per_request):
                asks.append(self._ask(settings.grounded_template, cell, some, context))
        return asks

    def _context_request(self, cell: Cell) -> Request:
        settings, n = self.desk.settings, self._contexts
        self._contexts += 1
        prompt = self._skill.instruction_prompt(settings.context_template, cell, n)
        seed, most = (self.leaf.path, "context", n), settings.context_tokens
        return self.desk.request(
            f"{self.leaf.path}/context/{n}", self.leaf.path, prompt, seed, most
        )

    def _ask(self, template: str, cell: Cell, count: int, context: Completion | None) -> _Ask:
        n = self._asked
        self._asked += 1
        text = unfenced(context.text) if context else ""
        prompt = self._skill.instruction_prompt(template, cell, n, count, text)
        most = count * self._shape.allowance(self.desk.settings.max_tokens)
        name, seed = f"{self.leaf.path}/{n}", (self.leaf.path, n)
        request = self.desk.request(name, self.leaf.path, prompt, seed, most, whole=False)
        return _Ask(request, cell, count, context)

    @property
    def _parents(self) -> list[str]:
        return [shot.seed for shot in self._skill.shots]

    def _row(self, ask: _Ask, answer: Completion, number: int, text: str) -> Row:
        opening, context = self._skill.opening.filled(ask.cell), ask.context
        again = text.casefold().startswith(opening.strip().casefold())  # said though not asked to
        question = text if again and opening else opening + text
        led = [context, answer] if context else [answer]
        shown = unfenced(context.text) if context else ""
        whole = f"{shown}\n\n{question}" if context else question
        row = self.desk.row(self.leaf.path, whole, led, self._parents, number)
        row |= {"attributes": ask.cell} | ({"context": shown} if context else {})
        if settled := ask.cell.get(self._settling or ""):
            answered = [{"role": "assistant", "content": settled}]
            row |= {"completion": answered, "answer_form": "attribute"}
        return row

    @cached_property
    def _settling(self) -> str | None:
        return settling_attribute(self.leaf)

    @cached_property
    def _shape(self) -> TaskShape:
        return TaskShape(self.leaf, token_counter(self.desk.teacher.reference))
