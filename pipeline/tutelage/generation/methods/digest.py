"""Digest: what the documents say, said again: rephrased, summed up, and as key facts.

A model can be asked about a fact that it read in several wordings, hardly about one that it read
once (Allen-Zhu and Li 2023, arXiv:2309.14316; Ovadia et al. 2023, arXiv:2312.05934); WRAP (Maini et
al. 2024, arXiv:2401.16380) trains on rephrased texts. The rows have `text` and no prompt, and the
passage that they rest on as `context`, beside which filters read them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from pydantic import Field, NonNegativeFloat

from tutelage.core.artifacts import Row
from tutelage.core.errors import RecipeError
from tutelage.core.text import count_words, words
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.prompt_writer import PromptWriter
from tutelage.generation.quota import spread
from tutelage.generation.session import GenerationSession, RequestCoroutine, RequestRate
from tutelage.generation.writing import Writing, passage_sizes
from tutelage.models.chat import Completion, Message
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Kind, Leaf

Form = Literal["rephrasing", "summary", "key_facts"]
_SWEEP = 24
"""Texts of a passage after which the order of their forms begins anew."""


class Digest(InstructionMethod):
    """Rephrasings, summaries and lists of key facts of the documents (arXiv:2401.16380)."""

    leaf_kinds: ClassVar[tuple[Kind, ...]] = ("knowledge",)

    forms: dict[Form, NonNegativeFloat] = {"rephrasing": 2.0, "summary": 1.0, "key_facts": 1.0}
    """What is written of a passage, in these proportions. `passage_words` and `passage_tokens` of
    the stage say how long a passage is: sections of a few sentences serve best."""
    tokens: int = Field(256, gt=0)
    """Tokens of a text, at most."""
    template: TemplateFile = "digest_text"
    """Prompt that asks for a text."""

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "DigestWriter":
        """The writer of a leaf."""
        return DigestWriter(desk, leaf, settings=self)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Only leaves with documents, and one form at least."""
        super().check(settings, leaf)
        if not any(self.forms.values()):
            raise RecipeError("digest: forms: all proportions are 0; give one form more")
        digest_prompt(self.template, next(iter(self.forms)), "Trial", "The lamp is red.")

    def places(self, settings: Writing, leaf: Leaf) -> list[int]:
        """The passages of the leaf's documents."""
        return passage_sizes(leaf, settings)

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """One request a text."""
        return [RequestRate(self.tokens, per_try=1)]


@dataclass
class DigestWriter(PromptWriter):
    """Writes texts; a cell is a passage, by its id."""

    independent_cells: ClassVar[bool] = True

    settings: Digest = field(default_factory=Digest)
    _written: Counter[str] = field(default_factory=Counter)

    @property
    def cells(self) -> Sequence[str]:
        """The passages in a seeded order."""
        return list(self._by_id)

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A text for each time a passage is named, its forms in turn."""
        asked = [(self._by_id[cell], self._next_form(cell)) for cell in cells]
        requests = [
            self.ask(
                digest_prompt(
                    self.settings.template, form, heading_path(passage.headings), passage.text
                ),
                self.settings.tokens,
                form,
                whole=False,
            )
            for passage, form in asked
        ]
        answers = yield requests
        return [
            self._row(passage, form, answers[request.id])
            for (passage, form), request in zip(asked, requests, strict=True)
        ]

    @cached_property
    def _by_id(self) -> dict[str, Passage]:
        return {passage.id: passage for passage in self.passages}

    @cached_property
    def _order(self) -> list[Form]:
        forms = [form for form, weight in self.settings.forms.items() if weight]
        return spread(forms, _SWEEP, {}, {}, self.settings.forms)  # type: ignore[return-value,arg-type]

    def _next_form(self, cell: str) -> Form:
        self._written[cell] += 1
        return self._order[(self._written[cell] - 1) % _SWEEP]

    def _row(self, passage: Passage, form: Form, answer: Completion) -> Row:
        text, reason = self.plain_text(answer)
        reason = reason or _misses(form, text, passage.text)
        row = self.text_row(f"{heading_path(passage.headings)}\n\n{text}", answer, [passage.id])
        row |= {"cell": passage.id, "kind": form, "context": passage.text}
        row |= {"document": passage.document, "headings": heading_path(passage.headings)}
        return row | {"reason": reason} if reason else row


def digest_prompt(template: str, form: Form, title: str, text: str) -> tuple[Message, ...]:
    """Asks for a text of a form about a passage, whose headings are its `title`."""
    return render(template, form=form, title=title, text=text)


def _misses(form: Form, text: str, passage: str) -> str | None:
    """Why a text is not of its form."""
    if f" {' '.join(words(text))} " in f" {' '.join(words(passage))} ":
        return "says it in the same words"
    if form == "summary" and count_words(text) >= count_words(passage):
        return "no shorter than what it sums up"
    if form == "key_facts" and not all(line.startswith("- ") for line in text.splitlines()):
        return "not a list of facts"
    return None
