"""Drops rows that their passage does not bear out; a judge of words, not of meaning."""

import regex
from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.text import NUMBER_WORDS, STOP_WORDS, content_stems, plain, stem, words
from tutelage.curation.filters.row_filter import RowFilter, Scope

_DIGITS = regex.compile(r"\p{N}+(?:[.,:]\p{N}+)*")
_NAME = regex.compile(r"\p{Lu}[\p{L}\p{N}]*(?:-[\p{L}\p{N}]+)*")
_INSIDE = regex.compile(r"(?<=[\p{L}\p{N},;)'\"-]\s+)\p{Lu}[\p{L}\p{N}-]*")
_POINTS_AT_TEXT = regex.compile(
    r"\b(?:this|the|that|above|following|given) (?:\w+ )?(?:text|passage|sentence|paragraph|article"
    r"|document|excerpt|context|statement|fact|section|author|writer|speaker|story)\b",
    regex.IGNORECASE,
)


class Grounded(RowFilter):
    """The passage (`context`, `headings`) supports the answer, and the question is about it.

    Content words are compared by their English stems. A row without a passage is kept.
    """

    support: float = Field(0.8, ge=0, le=1)
    """The share of the answer's content words that the passage must hold; of up to four, all."""
    about: float = Field(0.5, ge=0, le=1)
    """The share of the question's content words that the passage must hold."""
    self_contained: bool = True
    """The question stands without the passage: it has one of its names, if there are any but the
    answer's, and does not speak of `the text`."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Looks at the answer's support, then at what the question says, tells and leaves open."""
        if not row.get("context"):
            return None
        passage = f"{_text(row.get('headings'))}\n{row['context']}"
        question, answer = question_of(row), answer_of(row)
        reason = (
            unsupported(answer, question, passage, self.support)
            or _invented(question, passage)
            or self._beside_the_point(question, passage)
            or _given_away(answer, question)
            or (self.self_contained and _dangling(question, answer, str(row["context"])))
        )
        return f"grounded: {reason}" if reason else None

    def _beside_the_point(self, question: str, passage: str) -> str | None:
        asked, there = content_stems(question), set(content_stems(passage))
        share = sum(word in there for word in asked) / len(asked) if asked else 0.0
        if share >= self.about and share > 0:
            return None
        return f"{share:.0%} of the question's content words are in the passage"


def unsupported(answer: str, question: str, passage: str, support: float = 0.8) -> str | None:
    """What of the answer the passage lacks; `support` is the share of words it must hold."""
    wanted, there = content_stems(answer), set(content_stems(passage))
    if not wanted:
        return "the answer has no word to look for in the passage"
    # What the question already says may be said again: `It weighs ...`, `The lamp weighs ...`.
    free = set(content_stems(question))
    new = [word for word in wanted if word not in free] or wanted
    missing = [word for word in new if word not in there]
    if missing and len(missing) > (1 - support) * len(new) + 1e-9:
        return f"the passage lacks '{missing[0]}' of the answer"
    number = next((n for n in _numbers(answer) if n not in _numbers(passage)), None)
    return f"the passage lacks the number {number} of the answer" if number else None


def _invented(question: str, passage: str) -> str | None:
    """Numbers and names of the question that the passage knows nothing of."""
    number = next(
        (n for n in _DIGITS.findall(plain(question)) if n not in _numbers(passage)),
        None,
    )
    if number:
        return f"the passage lacks the number {number} of the question"
    known = {stem(word) for word in words(passage)}
    for name in _INSIDE.findall(question):
        if any(stem(w) not in known for w in words(name) if w not in STOP_WORDS):
            return f"the passage lacks the name '{name}' of the question"
    return None


def _given_away(answer: str, question: str) -> str | None:
    wanted = set(content_stems(answer))
    return "the question gives the answer away" if wanted <= set(content_stems(question)) else None


def _dangling(question: str, answer: str, context: str) -> str | None:
    if found := _POINTS_AT_TEXT.search(question):
        return f"the question speaks of '{found.group()}'"
    named = (word for name in _NAME.findall(context) for word in words(name))
    names = {stem(word) for word in named if word not in STOP_WORDS}
    names -= {stem(word) for word in words(answer)}
    if names and not names & {stem(word) for word in words(question)}:
        return f"the question names nothing of the passage, such as '{min(names)}'"
    return None


def _numbers(text: str) -> list[str]:
    """Numbers as they are written, number words as digits; `one` is mostly a pronoun."""
    spelt = [NUMBER_WORDS[word] for word in words(text) if word in NUMBER_WORDS and word != "one"]
    return _DIGITS.findall(plain(text)) + spelt


def _text(headings: object) -> str:
    return (
        " ".join(map(str, headings)) if isinstance(headings, list | tuple) else str(headings or "")
    )
