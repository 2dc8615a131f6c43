"""Evol-Instruct: instructions made harder step by step, or new ones drawn from them.

WizardLM (Xu et al. 2023, arXiv:2304.12244): in depth by a constraint, a deeper question, a more
concrete one or more steps of reasoning; in breadth by a rarer task of the same kind. What did not
evolve is eliminated, and does not evolve further.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pydantic import Field
from rapidfuzz.distance import Indel

from tutelage.core.artifacts import Row, question_of
from tutelage.core.fences import unfenced
from tutelage.core.text import content_stems, plain
from tutelage.generation.copied_example import copied_example
from tutelage.generation.instruction_method import InstructionMethod
from tutelage.generation.prompt_templates import TemplateFile, render
from tutelage.generation.prompt_writer import PromptWriter
from tutelage.generation.session import GenerationSession, RequestCoroutine, RequestRate
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Message, Request, unusable
from tutelage.taxonomy.attribute_grid import Cell, level_factors
from tutelage.taxonomy.leaf import Leaf

Way = Literal["constraint", "deepen", "concrete", "steps", "breadth"]
_SAME = 0.95
"""Similarity of letters from which a text is the one before it again."""
_OF_PROMPT = "instruction"
"""What the prompt calls what it shows; a text that says so talks of the prompt, as a rule."""
_LONGER = 3
"""Times the `max_tokens` of the recipe that an evolved instruction may take."""


class Evol(InstructionMethod):
    """Evolves the leaf's seeds, and what was made of them (Evol-Instruct, arXiv:2304.12244)."""

    uses_grid: ClassVar[bool] = True

    ways: list[Way] = Field(["constraint", "deepen", "concrete", "steps", "breadth"], min_length=1)
    """What is done to an instruction: four ways in depth, one in breadth; covered evenly."""
    generations: int = Field(3, gt=0)
    """How often an instruction is evolved in turn, at most."""
    gain: bool = True
    """Whether the teacher is asked if the evolved instruction demands the same as the one before
    it; one that does is eliminated."""
    template: TemplateFile = "evol_instruction"
    """Prompt that evolves an instruction."""
    gain_template: TemplateFile = "evol_gain"
    """Prompt that compares it with the one before."""

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "Evolution":
        """The writer of a leaf."""
        return Evolution(desk, leaf, settings=self)

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Try both templates."""
        seed = leaf.seeds[0]
        evol_prompt(self.template, "deepen", leaf, seed.question, seed.context or "", {})
        gain_prompt(self.gain_template, seed.question, seed.question)

    def has_levels(self, leaf: Leaf) -> bool:
        """Whether there are ways in depth and in breadth, or values of `difficulty` to choose
        from."""
        return len({way == "breadth" for way in self.ways}) > 1 or super().has_levels(leaf)

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """An evolved instruction, and a comparison with the one before."""
        found = [RequestRate(_LONGER * settings.max_tokens, per_try=1)]
        return [*found, RequestRate(4, per_try=1)] if self.gain else found


@dataclass(frozen=True, slots=True)
class _Instruction:
    """What may evolve."""

    id: str
    text: str
    context: str
    attributes: Cell
    generation: int = 0


@dataclass
class Evolution(PromptWriter):
    """Writes evolved instructions; a cell is a way to evolve."""

    settings: Evol = field(default_factory=Evol)
    _pool: list[_Instruction] = field(default_factory=list)

    @property
    def cells(self) -> Sequence[str]:
        """The ways."""
        return self.settings.ways

    @property
    def weights(self) -> Mapping[str, float]:
        """How often each way is to be used: those in depth make an instruction harder."""
        wider, deeper = level_factors(2, self.desk.settings.level(self.leaf))
        return {way: wider if way == "breadth" else deeper for way in self.cells}

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """An evolved instruction for each time a way is named, in as many turns as are allowed."""
        if not self._pool:
            self._pool = [
                _Instruction(one.id, one.question, one.context or "", one.attributes)
                for one in self.leaf.seeds
            ]
        rows: list[Row] = []
        turns = min(self.settings.generations, len(cells))
        for turn in range(turns):
            made = yield from self._generation(list(cells[turn::turns]))
            rows += made
        return rows

    def _generation(self, ways: Sequence[str]) -> RequestCoroutine[list[Row]]:
        asked = [(*self._request(way), way) for way in ways]
        answers = yield [request for request, *_ in asked]
        rows = [
            self._row(answers[request.id], one, way) | {"verdicts": []}
            for request, one, way in asked
        ]
        compared = yield from self._compare(rows, [one for _, one, _ in asked])
        for row, (_, one, _) in zip(compared, asked, strict=True):
            if "reason" not in row and one.generation + 1 < self.settings.generations:
                text, again = question_of(row), one.generation + 1
                cell = row["attributes"]
                self._pool.append(_Instruction(row["id"], text, one.context, cell, again))
        return compared

    def _request(self, way: str) -> tuple[Request, _Instruction]:
        """Evolves one of the latest generation that there is, or of those before it."""
        n = self.turn()
        one = self.draw("evol", n).choice(self._pool)
        cell = self.attribute_cell(n) if way == "breadth" else one.attributes
        prompt = evol_prompt(self.settings.template, way, self.leaf, one.text, one.context, cell)
        one = _Instruction(one.id, one.text, one.context, cell, one.generation)
        return self.ask(prompt, _LONGER * self.desk.settings.max_tokens, way), one

    def _row(self, answer: Completion, one: _Instruction, way: str) -> Row:
        text = _bare(unfenced(answer.text))
        more: Row = {"cell": way, "attributes": dict(one.attributes), "evolved": one.generation + 1}
        more |= {"context": one.context} if one.context else {}
        row = self.desk.row(self.leaf.path, text, [answer], [one.id]) | more
        if one.context and self.leaf.kind != "knowledge":
            row["prompt"] = [{"role": "user", "content": f"{one.context}\n\n{text}"}]
        reason = unusable(answer) or _eliminated(text, one, copied_example(answer, text))
        return row | {"reason": reason} if reason else row

    def _compare(
        self, rows: list[Row], before: Sequence[_Instruction]
    ) -> RequestCoroutine[list[Row]]:
        """Ask of each usable row whether it demands the same as what it was made of."""
        asked: dict[int, Request] = {}
        for n, (row, one) in enumerate(zip(rows, before, strict=True)):
            if self.settings.gain and "reason" not in row:
                prompt = gain_prompt(self.settings.gain_template, one.text, question_of(row))
                asked[n] = self.ask(prompt, 4, "gain", 0.0, whole=False)
        answers = (yield list(asked.values())) if asked else {}
        found = list(rows)
        for n, request in asked.items():
            answer, trace = answers[request.id], rows[n]["trace"]
            found[n] = rows[n] | {"trace": trace | {"keys": [*trace["keys"], answer.key]}}
            if plain(answer.text).startswith("same"):
                found[n]["reason"] = "eliminated: the teacher says that it demands the same"
        return found


def evol_prompt(
    template: str, way: str, leaf: Leaf, instruction: str, context: str, cell: Cell
) -> tuple[Message, ...]:
    """Asks for the evolved form of an instruction."""
    return render(
        template,
        way=way,
        task=" ".join(leaf.task_description.split()),
        instruction=instruction,
        context=context,
        attributes=cell,
    )


def gain_prompt(template: str, before: str, after: str) -> tuple[Message, ...]:
    """Asks whether two instructions demand the same."""
    return render(template, before=before, after=after)


def _bare(text: str) -> str:
    """A text without the label of the prompt that it may begin with."""
    head, colon, rest = text.partition(":")
    is_label = colon and plain(head) in ("new instruction", "instruction", "evolved instruction")
    return rest.strip() if is_label else text.strip()


def _eliminated(text: str, before: _Instruction, copied: str | None) -> str | None:
    """Why a text is no evolved instruction (section 3.2 of the paper)."""
    if not content_stems(text):
        return "eliminated: only punctuation or function words"
    if _is_same(text, before.text):
        return "eliminated: it repeats the instruction that it was evolved from"
    if copied:
        return f"eliminated: it {copied}"
    if _OF_PROMPT in plain(text) and _OF_PROMPT not in plain(f"{before.text} {before.context}"):
        return "eliminated: it copies words of the prompt that evolves it"
    return None


def _is_same(one: str, other: str) -> bool:
    return Indel.normalized_similarity(plain(one), plain(other)) >= _SAME
