"""A way to write instructions that a user brings: one class in one file."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.generation.session import GenerationSession, RequestCoroutine, RequestRate
from tutelage.generation.writing import Writing
from tutelage.models.chat import Message
from tutelage.taxonomy.leaf import Leaf


class Mottoes:
    """Asks for the motto of each document."""

    independent_cells: ClassVar[bool] = True

    def __init__(self, desk: GenerationSession, leaf: Leaf) -> None:
        self._desk, self._leaf = desk, leaf
        self.cells: Sequence[str] = [document.name for document in leaf.documents]

    @classmethod
    def of(cls, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> "Mottoes":
        """The writer of a leaf."""
        return cls(desk, leaf)

    @classmethod
    def check(cls, settings: Writing, leaf: Leaf) -> None:
        """Nothing can be wrong."""

    @classmethod
    def places(cls, settings: Writing, leaf: Leaf) -> list[int]:
        """One a document."""
        return [len(document.text) // 4 for document in leaf.documents]

    @classmethod
    def rates(cls, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """One a motto."""
        return [RequestRate(settings.max_tokens, per_try=1)]

    def cell_of(self, row: Row) -> str:
        """The document."""
        return str(row["document"])

    def write(self, cells: Sequence[str]) -> RequestCoroutine[list[Row]]:
        """A motto for each document named."""
        made = {
            name: self._desk.request(name, self._leaf.path, (_turn(name),), (name,), 20)
            for name in cells
        }
        answers = yield list(made.values())
        return [
            self._desk.row(
                self._leaf.path, f"Say the motto of {answers[name].text}.", [answers[name]], []
            )
            | {"document": name}
            for name in cells
        ]


def _turn(text: str) -> Message:
    return {"role": "user", "content": text}
