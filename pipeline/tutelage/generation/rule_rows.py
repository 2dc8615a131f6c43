"""Training rows made of documents by rule, without any model: a floor that no teacher can lower.

Each asks for one statement and is answered by it in the document's words: a question made of a part
of it, some telling words, its text with a gap, its beginning; a heading asks for what stands under
it. Every draw chooses other words, so that rows differ: rows that are repeated word for word are
learnt by heart, and what is asked in other words is not.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tutelage.core.language.language_guess import language_of
from tutelage.core.text import content_stems, words
from tutelage.generation.record_question import record_question
from tutelage.generation.span_question import span_question
from tutelage.generation.statement_index import StatementIndex
from tutelage.generation.subject import with_subject
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.spans import answer_spans
from tutelage.taxonomy.documents.statements import Statement

Kind = Literal["question", "keywords", "gap", "opening", "section", "text"]
_FEWEST, _MOST = 2, 4
"""Words of a keyword query."""
_TELLING_SHARE = 2 / 3
"""Keywords come from this share of a statement's content words: its rarest."""
_SPAN_SHARE = 0.6
"""How often a gap stands for a span that a question could ask for; else for any content word."""
_OPENING = (0.25, 0.55)
"""Share of a statement's words that an opening shows."""
_WITH_TITLE = 0.25
"""How often a prompt names its document where there is no such name; more costs many tokens."""
_TRIES = 6
"""Draws of a question or of keywords until they single out their statement."""
_SECTION_STATEMENTS = 4
"""Statements of a section in one row."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A prompt about a statement, and the document's own words for it; a `text` has no prompt."""

    kind: Kind
    statement: Statement
    prompt: str
    answer: str


class RuleRows:
    """Makes rows of the statements of one leaf."""

    def __init__(self, statements: Sequence[Statement], seed: int, subject: str = "") -> None:
        """`subject` is the name by which people ask about the documents, where there is one."""
        self._subject = subject
        self._draw = random.Random(seed)
        self._index = StatementIndex(statements)
        self._language = language_of(" ".join(one.text for one in statements))
        self._frequency = Counter(
            stem for one in statements for stem in set(content_stems(one.text, self._language))
        )
        self._sections: dict[tuple[str, tuple[str, ...]], list[Statement]] = {}
        for one in statements:
            self._sections.setdefault((one.document, one.headings), []).append(one)

    def make(self, statement: Statement, count: float, mix: Mapping[Kind, float]) -> list[RuleRow]:
        """About `count` rows of a statement, their kinds in the proportions of `mix`."""
        total, made = sum(mix.values()), []
        for kind, weight in mix.items():
            wanted = count * weight / total if total else 0.0
            times = int(wanted) + (self._draw.random() < wanted % 1)
            made += [self._row(kind, statement) for _ in range(times)]
        return list({(row.prompt, row.answer): row for row in made}.values())

    def _row(self, kind: Kind, one: Statement) -> RuleRow:
        if kind == "section":
            return RuleRow(kind, one, _under(one, "What is said"), self._section(one))
        if kind == "text":
            return RuleRow(kind, one, "", f"{_heading(one)}\n\n{self._section(one)}")
        if kind in ("gap", "opening"):
            return RuleRow(kind, one, _PROMPTS[kind](self, one), one.spoken)
        asked = ""
        for _ in range(_TRIES):
            asked = _PROMPTS[kind](self, one)
            if self._index.singles_out(asked, self._index.place(one.id)):
                break
        return RuleRow(kind, one, self._titled(one, asked), one.spoken)

    def _question(self, one: Statement) -> str:
        """A part of the statement with a question word for a span, in its place or in front; for a
        cell of a table its column and row; some keywords of what has no such span."""
        if asked := record_question(one, self._draw, is_english=self._language == "en"):
            return asked
        asked = span_question(one.text, self._draw) if self._language == "en" else None
        return asked or self._keywords(one)

    def _keywords(self, one: Statement) -> str:
        stripped = (word.strip(".,;:!?()\"'“”") for word in one.spoken.split())
        content = [word for word in stripped if self._tells(word)]
        content.sort(key=lambda word: (self._rarity(word), self._draw.random()))
        rarest = content[: max(_MOST, round(len(content) * _TELLING_SHARE))]
        count = min(len(rarest), self._draw.randint(_FEWEST, _MOST))
        return f"{', '.join(self._draw.sample(rarest, count))}?"

    def _gap(self, one: Statement) -> str:
        spans = answer_spans(one.text)
        single = [word for word in words(one.text) if self._tells(word) and word in one.text]
        from_spans = spans and (not single or self._draw.random() < _SPAN_SHARE)
        chosen = self._draw.choice(spans if from_spans else single or [one.text])
        text = f"{one.lead} {one.text.replace(chosen, '___', 1)}".strip()
        return f"Fill the gap: {text}"

    def _opening(self, one: Statement) -> str:
        shown = one.spoken.split()
        count = max(2, round(len(shown) * self._draw.uniform(*_OPENING)))
        return f"Complete the sentence: {' '.join(shown[:count])} ..."

    def _titled(self, one: Statement, prompt: str) -> str:
        """The prompt with the name that people ask by, or now and then with its document's.

        Where there is a name every prompt says it: one in four without it taught the student to
        answer any question at all with these documents (benchmarks/forgetting.md).
        """
        if self._subject:
            return with_subject(prompt, self._subject, self._draw)
        return f"{one.title}: {prompt}" if self._draw.random() < _WITH_TITLE else prompt

    def _section(self, one: Statement) -> str:
        """The statement with those after it under its heading."""
        section = self._sections[one.document, one.headings]
        start = section.index(one)
        shown = section[start : start + _SECTION_STATEMENTS]
        return " ".join([shown[0].spoken, *(other.text for other in shown[1:])])

    def _tells(self, word: str) -> bool:
        return bool(content_stems(word, self._language))

    def _rarity(self, word: str) -> int:
        stems = content_stems(word, self._language)
        return min((self._frequency[stem] for stem in stems), default=0)


_PROMPTS: dict[Kind, Callable[[RuleRows, Statement], str]] = {
    "question": RuleRows._question,
    "keywords": RuleRows._keywords,
    "gap": RuleRows._gap,
    "opening": RuleRows._opening,
}


def _under(one: Statement, asked: str) -> str:
    """A question for what stands under a heading."""
    return f'{asked} under "{_heading(one)}"?'


def _heading(one: Statement) -> str:
    return heading_path(one.headings) or one.title
