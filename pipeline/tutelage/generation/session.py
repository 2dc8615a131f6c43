"""What writers work with: the teacher, asked by all of them side by side, and what it replies."""

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.core.digests import digest
from tutelage.core.fences import unfenced
from tutelage.generation.numbered_list import AmbiguousListError, split_numbered
from tutelage.generation.writing import Writing, passages_of
from tutelage.models.chat import Completion, Message, Request, Sampling, unanswered, unusable
from tutelage.models.model import Model
from tutelage.models.token_counter import token_counter
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf

Answered = dict[str, Completion]
"""Answers by request id."""
Said = TypeVar("Said")
RequestCoroutine = Generator[list[Request], Answered, Said]
"""Work that yields requests, is sent their answers, and so on until it returns what it made."""


@dataclass(frozen=True, slots=True)
class RequestRate:
    """How many requests of one kind a generator puts."""

    max_tokens: int
    per_try: float = 0.0
    """For each instruction that is wanted."""
    per_place: float = 0.0
    """For each statement or passage that is asked about for the first time."""


class Writer(Protocol):
    """Writes instructions for one leaf, in as many rounds as are wanted."""

    @property
    def cells(self) -> Sequence[str]:
        """What is to be covered evenly: passages, or cells of the attribute grid."""
        ...

    def cell_of(self, row: Row) -> str:
        """The cell that a row was written for."""
        ...

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A row for each cell named, with a `reason` where it is unusable; each call draws new
        samples."""
        ...


class InstructionGenerator(Protocol):
    """A way to write instructions, an entry of the table of generators: an `InstructionMethod`
    with its settings, or a class whose methods are class methods."""

    def of(self, desk: "GenerationSession", leaf: Leaf, known: Mapping[str, Row]) -> Writer:
        """The writer of a leaf; `known` are earlier rows by the passage they rest on."""
        ...

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Try the templates on a leaf; raises RecipeError for one that cannot be used."""
        ...

    def places(self, settings: Writing, leaf: Leaf) -> list[int]:
        """Tokens of each statement or passage that can be asked about, estimated; none for a
        skill."""
        ...

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """How many requests instructions take, for a forecast."""
        ...


@dataclass(frozen=True, slots=True)
class GenerationSession:
    """What every writer works with."""

    context: Context
    teacher: Model
    settings: Writing

    def request(
        self,
        name: str,
        leaf: str,
        messages: tuple[Message, ...],
        seed: Sequence[Any],
        max_tokens: int,
        temperature: float | None = None,
        *,
        whole: bool = True,
    ) -> Request:
        """A request with a seed of its own, at the recipe's temperature or another one.

        Not `whole` where an answer that was cut serves too.
        """
        sampling = Sampling(
            max_tokens=max_tokens,
            temperature=self.settings.temperature if temperature is None else temperature,
            top_p=self.settings.top_p,
            seed=self.context.seed_for(*seed),
        )
        return Request(name, messages, sampling, leaf, whole)

    def passages(self, leaf: Leaf) -> Iterator[Passage]:
        """The passages of a leaf's documents."""
        return passages_of(leaf, self.settings, token_counter(self.teacher.reference))

    def together(self, talks: Sequence[RequestCoroutine[Said]]) -> list[Said]:
        """What the coroutines return; their requests are sent side by side, so that no leaf
        waits."""
        said: dict[int, Said] = {}
        asking: dict[int, list[Request]] = {}

        def go_on(number: int, answers: Answered | None) -> None:
            try:
                asking[number] = talks[number].send(answers)  # type: ignore[arg-type]
            except StopIteration as stop:
                said[number] = stop.value

        for number in range(len(talks)):
            go_on(number, None)
        while asking:
            now, asking = asking, {}
            for number, answers in self._answers(now).items():
                go_on(number, answers)
        return [said[number] for number in range(len(talks))]

    def _answers(self, asking: Mapping[int, list[Request]]) -> dict[int, Answered]:
        """Answers by coroutine; two of them may use the same request id."""
        named = {f"{n}/{one.id}": (n, one) for n, some in asking.items() for one in some}
        requests = [replace(one, id=name) for name, (_, one) in named.items()]
        answers = self.context.answers(self.teacher, requests) if requests else {}
        found: dict[int, Answered] = {number: {} for number in asking}
        for name, answer in answers.items():
            number, request = named[name]
            found[number][request.id] = replace(answer, request=request)
        return found

    def row(
        self,
        leaf: str,
        question: str,
        answers: Sequence[Completion],
        parents: Sequence[str],
        number: int = 0,
    ) -> Row:
        """A row of an instruction: the text `number` of the last answer; others led to it."""
        stage, said = self.context.stage, answers[-1].request.id
        return {
            "id": f"ask:{digest(stage, leaf, said, number, self.context.seed)[:12]}",
            "leaf": leaf,
            "parents": list(parents),
            "prompt": [{"role": "user", "content": question}],
            "trace": {
                "stage": stage,
                "model": self.teacher.name,
                "keys": [answer.key for answer in answers],
            },
        }


def parse_numbered_list(answer: Completion, count: int) -> list[tuple[str, str | None]]:
    """The texts of an answer to a request for `count`, each with the reason it cannot be used.

    More than one come as a numbered list; where that was cut, only its last text is lost.
    """
    whole = unfenced(answer.text)
    if count == 1 or answer.finish_reason not in ("stop", "length"):
        return [(whole, unusable(answer))]
    cut = answer.finish_reason == "length"
    try:
        texts = split_numbered(whole, count, cut=cut)[:count]
    except AmbiguousListError as exc:
        return [(whole, f"ambiguous numbered list: {exc}")]
    if not texts:
        return [(whole, unanswered(answer) or "not a numbered list")]
    last = unusable(answer) if len(texts) < count else None
    reasons = [None] * (len(texts) - 1) + [last]
    return [
        (text, reason or (None if text else "empty"))
        for text, reason in zip(texts, reasons, strict=True)
    ]


def batch_cells(cells: Sequence[str], per_request: int) -> Iterator[tuple[str, int]]:
    """The cells in their order, up to `per_request` asks for one put together."""
    waiting = Counter(cells)
    for cell in cells:
        if count := min(waiting[cell], per_request):
            waiting[cell] -= count
            yield cell, count
