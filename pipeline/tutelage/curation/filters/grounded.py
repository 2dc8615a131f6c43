"""Drops rows whose answer is not supported by their passage; it compares words, not meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import regex
from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.negation import negations
from tutelage.core.text import words
from tutelage.curation.filters.leaf_text import LeafText, Unit, units_of
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together
from tutelage.curation.filters.terms import lacking, numbers, terms

_NAME = regex.compile(r"(?<=[\p{L}\p{N},;)'\"-]\s+)\p{Lu}[\p{L}\p{N}]*(?:[-'][\p{L}\p{N}]+)*")
_YES_NO = """
yes no true false ja nein oui non si sí sim não nee да нет так ні evet hayır 是 否 はい いいえ
نعم لا
"""
_VERDICTS = frozenset(_YES_NO.split())
_CHOICE = regex.compile(r"\b(?:or|oder|ou|o|of|eller|или|або|lub|czy|veya|أم)\b|还是|還是|それとも")
_CLEAR, _FAR = 1.0, 0.2
"""Where one sentence of the passage matches the question as well as a word that no other has, the
answer's sentence must match it with a fifth of that."""


class Grounded(RowFilter):
    """The passage (`context`, `headings`) holds what the answer says, where the question asks.

    Its numbers, by value; its names; most of its other words; and no negation that the passage
    does not make. What the question says already may be said again, and `yes` or `no` is an answer.
    A row without a passage is kept.
    """

    support: float = Field(0.5, ge=0, le=1)
    """The share of the answer's words that the passage must hold."""

    together: ClassVar[Together] = "leaf"
    each_answer: ClassVar[bool] = True

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Each row beside its passage; words count by how rare they are in the leaf's documents."""
        texts = LeafText.by_leaf(rows[scope.there :], scope.taxonomy)
        return scope.of_new(rows, lambda row: self._verdict(row, texts))

    def _verdict(self, row: Row, texts: dict[str, LeafText]) -> str | None:
        if not row.get("context"):
            return None
        claim = _Claim(question_of(row), answer_of(row), row, texts[str(row.get("leaf"))])
        reason = (
            claim.lacks(self.support)
            or claim.turned_round()
            or claim.given_away()
            or claim.astray()
        )
        return f"grounded: {reason}" if reason else None


@dataclass(frozen=True)
class _Claim:
    """An answer beside the passage that it is to rest on."""

    question: str
    answer: str
    row: Row
    text: LeafText

    @cached_property
    def passage(self) -> str:
        return f"{self.row.get('headings') or ''}\n{self.row['context']}"

    @cached_property
    def new(self) -> list[str]:
        """What the answer says beyond the question."""
        asked = set(self.text.terms(self.question))
        said = self.text.terms(self.answer)
        return [term for term in said if term not in asked and term not in _VERDICTS]

    @property
    def is_verdict(self) -> bool:
        return next(iter(words(self.answer)), "") in _VERDICTS

    def lacks(self, support: float) -> str | None:
        """What of the answer is neither in the passage nor in the question."""
        language, known = self.text.language, f"{self.passage}\n{self.question}"
        there = set(self.text.terms(known))
        counted = [*numbers(known, language), frozenset(there)]  # Han numerals are terms
        if number := lacking(numbers(self.answer, language), counted):
            return f"the passage lacks the number {number} of the answer"
        said = [term for term in terms(self.answer, language) if term in self.new]
        missing = [term for term in said if term not in there]
        if len(missing) > (1 - support) * len(said) + 1e-9:
            return f"the passage lacks '{missing[0]}' of the answer"
        for name in _NAME.findall(self.answer) if self.text.capitals_are_names else ():
            parts = self.text.terms(name)
            if parts and there.isdisjoint(parts):
                return f"the passage lacks the name '{name}' of the answer"
        return None

    def turned_round(self) -> str | None:
        """A negation that neither the question nor the answer's place in the passage makes.

        Its place is the sentence that holds most of it, and each that the answer says half of.
        """
        found = negations(self.answer)
        if not found or self.is_verdict or negations(self.question):
            return None
        said = set(self.text.terms(self.answer))
        whole = [unit for unit in self._units if 2 * len(unit.terms & said) >= len(unit.terms)]
        if any(negations(unit.text) for unit in (*self._places, *whole)):
            return None
        return f"the passage does not say '{min(found)}'"

    def given_away(self) -> str | None:
        """Whether nothing is left to answer."""
        if self.new or self.is_verdict or _CHOICE.search(self.question.casefold()):
            return None
        return "the question gives the answer away"

    def astray(self) -> str | None:
        """Whether the question asks about one place of the passage, and the answer is at another.

        The place is a sentence with those beside it: `It` and `there` refer back.
        """
        if not self.new:
            return None
        asked = set(self.text.terms(self.question))
        best = max((self.text.weight(asked & unit.terms) for unit in self._units), default=0.0)
        near = max((self.text.weight(asked & found) for found in self._around), default=0.0)
        if best < _CLEAR * self.text.most or near > _FAR * best:
            return None
        return f"'{self.answer[:60]}' stands elsewhere in the passage than what is asked about"

    @cached_property
    def _units(self) -> list[Unit]:
        return [self.text.unit(whole, said) for said, whole in units_of(str(self.row["context"]))]

    @cached_property
    def _held(self) -> list[int]:
        """The numbers of the sentences that hold most of the answer."""
        new = set(self.new)
        held = [len(new & unit.terms) for unit in self._units]
        most = max(held, default=0)
        return [place for place, count in enumerate(held) if count == most and most]

    @property
    def _places(self) -> list[Unit]:
        return [self._units[place] for place in self._held]

    @property
    def _around(self) -> list[frozenset[str]]:
        units = self._units
        return [
            frozenset().union(*(unit.terms for unit in units[max(0, place - 1) : place + 2]))
            for place in self._held
        ]


def unsupported(answer: str, question: str, passage: str) -> str | None:
    """What of an answer its passage lacks."""
    row: Row = {"context": passage}
    text = LeafText()
    text.add(passage, "")
    return _Claim(question, answer, row, text).lacks(Grounded().support)
