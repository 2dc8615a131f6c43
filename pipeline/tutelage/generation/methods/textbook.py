"""Textbook: plain texts that teach, on grids of words, features and readers.

TinyStories (Eldan and Li 2023, arXiv:2305.07759): short stories that must use words drawn from a
vocabulary. Phi-1 (Gunasekar et al. 2023, arXiv:2306.11644): textbook sections for certain readers,
and exercises with their solutions. The rows have `text` and no prompt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from pydantic import Field

from tutelage.core.artifacts import Row
from tutelage.core.by_content import InputFile
from tutelage.core.errors import RecipeError
from tutelage.core.text import content_stems, words
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.prompt_writer import PromptWriter
from tutelage.generation.session import GenerationSession, RequestCoroutine, RequestRate
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Message, Request
from tutelage.taxonomy.attribute_grid import cell_name
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf

Form = Literal["story", "section", "exercise"]
_WHOLE = ("exercise",)
"""Forms that are nothing without their end; of others a text that was cut ends at a sentence."""


class Textbook(InstructionMethod):
    """Stories, sections and exercises as plain text (arXiv:2305.07759, arXiv:2306.11644)."""

    forms: list[Form] = Field(["story", "section", "exercise"], min_length=1)
    """What is written: with `readers` and `features` the grid that is covered evenly."""
    readers: list[str] = Field(
        ["children of five", "pupils of twelve", "students", "adults who are new to it"],
        min_length=1,
    )
    """For whom."""
    features: list[str] = Field(
        ["a dialogue", "a surprise", "a mistake that is put right", "an example with numbers"],
        min_length=1,
    )
    """What a text has in it."""
    vocabulary: InputFile | None = None
    """Words to draw from, one a line; without it, the content words of the leaf's seeds and
    documents."""
    words: int = Field(3, ge=0)
    """Words that a text is asked to use, drawn anew each time."""
    used: int = Field(1, ge=0)
    """How many of them it must have, at least; else it is rejected."""
    tokens: int = Field(256, gt=0)
    """Tokens of a text, at most."""
    template: TemplateFile = "textbook_text"
    """Prompt that asks for a text."""

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "TextbookWriter":
        """The writer of a leaf."""
        return TextbookWriter(desk, leaf, settings=self)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Read the vocabulary, try the template; raises RecipeError for what cannot be used."""
        if self.used > self.words:
            raise RecipeError(
                f"textbook: `used` is {self.used}, more than the {self.words} `words`"
            )
        if self.vocabulary is not None and len(self.listed()) < self.words:
            raise RecipeError(
                f"textbook: {self.vocabulary}: has fewer than {self.words} words; write one a line"
            )
        text_prompt(self.template, self.forms[0], "A task.", "pupils", "a dialogue", ["tide"], "")

    def listed(self) -> list[str]:
        """The words of the vocabulary file; raises RecipeError where it cannot be read."""
        if self.vocabulary is None:
            return []
        try:
            lines = self.vocabulary.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as exc:
            raise RecipeError(f"textbook: {self.vocabulary}: cannot be read: {exc}") from exc
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """One request a text."""
        return [RequestRate(self.tokens, per_try=1)]


class _TextRequest(NamedTuple):
    """A request for a text, and what it was asked to have."""

    request: Request
    cell: str
    words: list[str]
    about: Passage | None


@dataclass
class TextbookWriter(PromptWriter):
    """Writes texts; a cell is a form, a reader and a feature."""

    settings: Textbook = field(default_factory=Textbook)

    @property
    def cells(self) -> Sequence[str]:
        """The grid in a seeded order."""
        return list(self._grid)

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A text for each time a cell is named."""
        asked = [self._request(cell) for cell in cells]
        answers = yield [one.request for one in asked]
        return [self._row(one, answers[one.request.id]) for one in asked]

    @cached_property
    def _grid(self) -> dict[str, dict[str, str]]:
        settings = self.settings
        found = [
            {"form": form, "reader": reader, "feature": feature}
            for reader in settings.readers
            for feature in settings.features
            for form in settings.forms
        ]
        self.draw("grid").shuffle(found)
        return {cell_name(cell): cell for cell in found}

    @cached_property
    def _vocabulary(self) -> list[str]:
        if self.settings.vocabulary is not None:
            return self.settings.listed()
        said = [f"{seed.question} {seed.answer}" for seed in self.leaf.seeds]
        said += [document.text for document in self.leaf.documents]
        found = (word for text in said for word in words(text) if word.isalpha())
        # A lone letter is no word, but a sign of Chinese is.
        real = (word for word in found if len(word) > 1 or not word.isascii())
        return list(dict.fromkeys(word for word in real if content_stems(word)))

    def _request(self, cell: str) -> _TextRequest:
        n, parts = self.turn(), self._grid[cell]
        count = min(self.settings.words, len(self._vocabulary))
        chosen = self.draw("words", n).sample(self._vocabulary, count)
        about = self.passages[n % len(self.passages)] if self.passages else None
        prompt = text_prompt(
            self.settings.template,
            parts["form"],
            self.task,
            parts["reader"],
            parts["feature"],
            chosen,
            about.text if about else "",
        )
        whole = parts["form"] in _WHOLE
        request = self.ask(prompt, self.settings.tokens, "text", whole=whole)
        return _TextRequest(request, cell, chosen, about)

    def _row(self, one: _TextRequest, answer: Completion) -> Row:
        text, reason = self.plain_text(answer)
        parents = [one.about.id] if one.about else [seed.id for seed in self.leaf.seeds]
        row = self.text_row(text, answer, parents) | {"cell": one.cell, "words": one.words}
        if one.about:
            row |= {"context": one.about.text, "document": one.about.document}
        stems = set(content_stems(text))
        missing = [word for word in one.words if not stems & set(content_stems(word))]
        if not reason and len(one.words) - len(missing) < min(self.settings.used, len(one.words)):
            reason = f"without its words: {', '.join(missing)}"
        return row | {"reason": reason} if reason else row


def text_prompt(
    template: str,
    form: str,
    task: str,
    reader: str,
    feature: str,
    chosen: Sequence[str],
    text: str,
) -> tuple[Message, ...]:
    """Asks for a text of a form, resting on a passage where there is one."""
    return render(
        template,
        form=form,
        task=task,
        reader=reader,
        feature=feature,
        words=list(chosen),
        text=text,
    )
