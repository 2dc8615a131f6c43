"""Drops rows whose answer is of another kind than the question's first words want. English."""

from collections.abc import Callable
from dataclasses import dataclass

import regex

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.text import NUMBER_WORDS, content_stems, plain, stem, words
from tutelage.curation.filters.row_filter import RowFilter, Scope

_AMOUNT_WORDS = """
half quarter dozen hundred thousand million once twice every daily weekly monthly yearly never
always
"""
_AMOUNTS = frozenset(NUMBER_WORDS) | frozenset(_AMOUNT_WORDS.split())
_HOW_MANY = regex.compile(r"\bhow many ((?:\w+ )?\w+)")
_YES_OR_NO = regex.compile(
    r"(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|must)\b"
)
_OR = regex.compile(r"\bor\b")


class AnswerKind(RowFilter):
    """`How many` wants a number and its unit, `who` a name, `when` a number or a name."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Names the words that want another kind of answer."""
        question, answer = plain(question_of(row)), answer_of(row)
        given = _Given(words(answer), _holds_name(answer, str(row.get("context") or "")))
        for pattern, fits, wanted in _KINDS:
            found = regex.search(pattern, question)
            if found and not fits(given):
                return f"answer_kind: '{found.group()}' wants {wanted}, not '{answer[:60]}'"
        closed = _YES_OR_NO.match(question) and not _OR.search(question)
        if closed and not {"yes", "no"} & set(given.words[:1]):
            return f"answer_kind: a yes-or-no question, answered '{answer[:60]}'"
        return _wrong_unit(question, answer)


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer's words, and whether a name is among them."""

    words: list[str]
    name: bool

    @property
    def number(self) -> bool:
        return any(word[:1].isdigit() or word in _AMOUNTS for word in self.words)


_KINDS: tuple[tuple[str, Callable[[_Given], bool], str], ...] = (
    (
        r"\bhow (?:many|much|long|often|old|far|tall|heavy|big|fast|quickly|soon)\b",
        lambda given: given.number,
        "a number",
    ),
    (r"\b(?:who|whose|whom)\b", lambda given: given.name, "a name"),
    (
        r"\b(?:where|(?:which|what) (?:city|town|country))\b",
        lambda given: given.name or not given.number,
        "a place",
    ),
    (
        r"\b(?:when|(?:which|what) (?:year|date|time))\b",
        lambda given: given.number or given.name,
        "a time",
    ),
    (r"\b(?:which|what) (?:day|weekday)\b", lambda given: not given.number, "a day"),
)


def _holds_name(answer: str, context: str) -> bool:
    """Whether a capital stands where no sentence begins; as the passage has it, if it does."""
    text = answer.strip().rstrip(".")
    start = context.lower().find(text.lower())
    if start > 0:
        return any(word[:1].isupper() for word in context[start : start + len(text)].split())
    first, *others = text.split() or [""]
    return any(word[:1].isupper() for word in others) or (not others and first[:1].isupper())


def _wrong_unit(question: str, answer: str) -> str | None:
    """`How many days` is not answered by `9 minutes`, but may be by `9`."""
    asked = _HOW_MANY.search(question)
    unit = {stem(word) for word in asked[1].split()} if asked else set()
    given = {word for word in content_stems(answer) if word.isalpha()}
    if unit and given and not unit & given:
        return f"answer_kind: 'how many {asked[1] if asked else ''}' answered '{answer[:60]}'"
    return None
