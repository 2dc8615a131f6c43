"""Magpie: an aligned model writes what a user would say, after its template's own beginning.

Xu et al. 2024, arXiv:2406.08464: the pre-query template alone is the prompt, so that instructions
come from what the model was aligned with. Local engines take it from the model's chat template; a
server's completions need it as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.errors import RecipeError
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.prompt_writer import PromptWriter
from tutelage.generation.session import GenerationSession, RequestCoroutine
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.models.model import Model
from tutelage.taxonomy.attribute_grid import Cell
from tutelage.taxonomy.leaf import Kind, Leaf


class Magpie(InstructionMethod):
    """What the teacher takes a user to say, by itself (Magpie, arXiv:2406.08464)."""

    uses_grid: ClassVar[bool] = True
    leaf_kinds: ClassVar[tuple[Kind, ...]] = ("foundational", "compositional")

    system: bool = True
    """Whether a system turn tells the teacher what the leaf is about, so that users ask for that;
    without one, they ask for anything."""
    pre_query: str | None = None
    """The text that the model's template writes before a user's turn, for a server with
    `/completions`: `"<|im_start|>user\\n"`, say; a `{system}` in it takes the system text."""
    system_template: TemplateFile = "magpie_system"
    """Prompt whose text becomes the system turn."""

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "MagpieWriter":
        """The writer of a leaf; raises RecipeError for a model that cannot be asked so."""
        self.check_teacher(desk.teacher)
        return MagpieWriter(desk, leaf, settings=self)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Try the template."""
        super().check(settings, leaf)
        render(self.system_template, task="A task.", attributes={})

    def check_teacher(self, teacher: Model) -> None:
        """Raises RecipeError where a teacher cannot be asked by its template's beginning."""
        if teacher.config.batch is not None:
            raise RecipeError(
                f"magpie: model '{teacher.name}' has `batch`, which takes chats alone"
            )
        if teacher.asks_server and not self.pre_query:
            raise RecipeError(
                f"magpie: model '{teacher.name}' is asked through a server, which does not tell "
                "its template; give `pre_query`, what the template writes before a user's text"
            )


@dataclass
class MagpieWriter(PromptWriter):
    """Writes what users would say; a cell is one of the attribute grid."""

    settings: Magpie = field(default_factory=Magpie)

    @property
    def cells(self) -> Sequence[str]:
        """The attribute grid in a seeded order."""
        return list(self.grid)

    @property
    def weights(self) -> Mapping[str, float]:
        """The share of the rows that each cell is to have."""
        return {name: weight for name, (_, weight) in self.grid.items()}

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A user's turn for each time a cell is named."""
        most = self.desk.settings.max_tokens
        asked = [(self.ask(self._prompt(self.grid[cell][0]), most), cell) for cell in cells]
        answers = yield [request for request, _ in asked]
        parents = [seed.id for seed in self.leaf.seeds]
        return [
            row
            for request, cell in asked
            for row in self.rows(
                [answers[request.id]], 1, parents, {"cell": cell, "attributes": self.grid[cell][0]}
            )
        ]

    def _prompt(self, cell: Cell) -> tuple[Message, ...]:
        turns: tuple[Message, ...] = ()
        if self.settings.system:
            turns = render(self.settings.system_template, task=self.task, attributes=cell)
        text = self.settings.pre_query or ""
        if text:
            text = text.replace("{system}", turns[0]["content"] if turns else "")
        return (*turns, {"role": "pre_query", "content": text})
