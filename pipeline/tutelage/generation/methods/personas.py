"""Personas: the same task as different people would put it.

Persona Hub (Ge et al. 2024, arXiv:2406.20094). Personas come from a shipped list, from your own
file, or from the leaf's documents, of each passage somebody who would read it ("text to persona").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.by_content import InputFile
from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.core.fences import unfenced
from tutelage.core.text_lists import read_list
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.prompt_writer import PromptWriter
from tutelage.generation.session import (
    GenerationSession,
    RequestCoroutine,
    RequestRate,
    batch_cells,
)
from tutelage.generation.shots import Shot, request_of, shots_of
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Message, Request, unusable
from tutelage.taxonomy.attribute_grid import Cell
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf

_SHIPPED = Path(__file__).parents[1] / "personas.txt"
_PERSONA_TOKENS = 40
_SHOWN = 3
"""Seeds in a prompt."""


class Personas(InstructionMethod):
    """Instructions as different people would phrase them (Persona Hub, arXiv:2406.20094)."""

    uses_grid: ClassVar[bool] = True

    file: InputFile | None = None
    """Your own personas, one a line, in place of the shipped ones."""
    from_documents: bool = False
    """Make the personas of the leaf's documents: somebody who would read the passage."""
    template: TemplateFile = "persona_instruction"
    """Prompt that asks for what a person would write."""
    persona_template: TemplateFile = "persona_of_text"
    """Prompt that asks who would read a passage."""

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "PersonaWriter":
        """The writer of a leaf."""
        return PersonaWriter(desk, leaf, settings=self)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Read the personas, try the templates; raises an InputError for an empty file."""
        self.listed()
        shots = shots_of(leaf)[:_SHOWN]
        ask_persona(self.template, "A task.", leaf, shots, "A sailor.", "A text.", {}, 1)
        render(self.persona_template, text="A text.")
        if self.from_documents and not leaf.documents:
            raise TaxonomyError(
                f"{at(leaf.file, 'document')}: `from_documents` makes personas of a leaf's "
                "documents, and this leaf has none; give `document`, or leave it out"
            )

    def listed(self) -> list[str]:
        """The personas of the list; raises RecipeError where it holds none."""
        return read_list(self.file or _SHIPPED, "personas", "persona")

    def places(self, settings: Writing, leaf: Leaf) -> list[int]:
        """None: what is asked about a passage depends on who asks."""
        return []

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """One request to an instruction, and one to a persona of a document."""
        found = super().rates(settings, leaf)
        return [*found, RequestRate(_PERSONA_TOKENS, per_try=1)] if self.from_documents else found


@dataclass
class PersonaWriter(PromptWriter):
    """Writes what personas would ask; a cell is a persona, or a passage that one is made of."""

    settings: Personas = field(default_factory=Personas)
    _made: dict[str, tuple[str, list[Completion]]] = field(default_factory=dict)
    """By cell: the persona, and the answers that it was made by."""

    @cached_property
    def cells(self) -> Sequence[str]:  # type: ignore[override]
        """The personas in a seeded order, or the passages."""
        if self.settings.from_documents:
            return [passage.id for passage in self.passages]
        found = self.settings.listed()
        self.draw("personas").shuffle(found)
        return found

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """Instructions for each time a persona is named."""
        rows: list[Row] = []
        if self.settings.from_documents:
            yield from self._make(dict.fromkeys(cells), rows)
        asked = []
        for cell, count in batch_cells(cells, self.desk.settings.per_request):
            if cell in self._made or not self.settings.from_documents:
                asked.append(self._request(cell, count))
        answers = yield [request for request, *_ in asked]
        for request, count, led, parents, more in asked:
            rows += self.rows([*led, answers[request.id]], count, parents, more)
        return rows

    def _make(self, cells: Mapping[str, None], rows: list[Row]) -> RequestCoroutine[None]:
        """Personas of passages that have none yet; one that cannot be used is a rejected row."""
        new = {
            cell: self.ask(
                render(self.settings.persona_template, text=self._passages[cell].text),
                _PERSONA_TOKENS,
                "persona",
            )
            for cell in cells
            if cell not in self._made
        }
        answers = (yield list(new.values())) if new else {}
        for cell, request in new.items():
            answer = answers[request.id]
            persona = unfenced(answer.text).partition("\n")[0].strip()
            if reason := unusable(answer) or (None if persona else "empty"):
                row = self.desk.row(self.leaf.path, "", [answer], [cell])
                rows.append(row | {"cell": cell, "reason": f"persona {reason}"})
            else:
                self._made[cell] = (persona, [answer])

    def _request(
        self, cell: str, count: int
    ) -> tuple[Request, int, list[Completion], list[str], Row]:
        n = self.turn()
        persona, led = self._made.get(cell, (cell, []))
        about = self._about(cell, n)
        attributes = self.attribute_cell(n)
        turned = [*self.shots[n % len(self.shots) :], *self.shots[: n % len(self.shots)]][:_SHOWN]
        prompt = ask_persona(
            self.settings.template,
            self.task,
            self.leaf,
            turned,
            persona,
            about.text if about else "",
            attributes,
            count,
        )
        more: Row = {"cell": cell, "persona": persona, "attributes": attributes}
        parents = [shot.seed for shot in turned]
        if about:
            more |= {"context": about.text, "document": about.document}
            more |= {"headings": heading_path(about.headings)}
            parents.insert(0, about.id)
        most = count * self.desk.settings.max_tokens
        return self.ask(prompt, most, whole=count == 1), count, led, parents, more

    def _about(self, cell: str, n: int) -> Passage | None:
        """The passage to ask about: the persona's own, or the next one; none without documents."""
        if self.settings.from_documents:
            return self._passages[cell]
        return self.passages[n % len(self.passages)] if self.passages else None

    @cached_property
    def _passages(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}


def ask_persona(
    template: str,
    task: str,
    leaf: Leaf,
    shots: Sequence[Shot],
    persona: str,
    text: str,
    attributes: Cell,
    count: int,
) -> tuple[Message, ...]:
    """Asks for `count` instructions as a person would phrase them, about a text where there is
    one."""
    return render(
        template,
        task=task,
        shots=[
            {"text": one.fact, "attributes": one.attributes, "request": request_of(leaf, one)}
            for one in shots
        ],
        persona=persona,
        text=text,
        attributes=attributes,
        count=count,
    )
