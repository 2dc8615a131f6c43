"""Demands on the words an answer holds: some, all or none of them, at its start or end."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tutelage.core.artifacts import question_of, request_of
from tutelage.core.text import ends_with, has_phrase, has_verbatim, misplaced_phrase, starts_with
from tutelage.verifiers.overlap import exact_match
from tutelage.verifiers.score import Score
from tutelage.verifiers.verifier import Verifier


def _as_text(value: Any) -> Any:
    """YAML reads `2019` as a number, which is text here, and `no` as false, which is a slip."""
    if isinstance(value, bool):
        raise ValueError("YAML reads this word as true or false; write it in quotes")
    return str(value) if isinstance(value, int | float) else value


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, pattern=r"\S")]
Phrases = Annotated[list[Text], BeforeValidator(_as_list), Field(min_length=1)]


class Contains(Verifier):
    """The answer holds every phrase, as whole words and in any case."""

    phrases: Phrases
    """One phrase or several."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of phrases that it holds; names the first that is missing."""
        missing = [phrase for phrase in self.phrases if not has_phrase(answer, phrase)]
        held = len(self.phrases) - len(missing)
        return Score.share(held, len(self.phrases), f"lacks '{missing[0]}'" if missing else None)


class ContainsAny(Verifier):
    """The answer holds at least one of the phrases, as whole words and in any case."""

    phrases: Phrases
    """The phrases, any of which will do."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the phrases when none is there."""
        if any(has_phrase(answer, phrase) for phrase in self.phrases):
            return None
        more = " ..." if len(self.phrases) > 5 else ""
        return f"holds none of: {', '.join(self.phrases[:5])}{more}"


class Excludes(Verifier):
    """The answer holds none of the phrases, as whole words and in any case."""

    phrases: Phrases
    """One phrase or several."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the first phrase found."""
        found = next((p for p in self.phrases if has_phrase(answer, p)), None)
        return None if found is None else f"holds '{found}'"


class InOrder(Verifier):
    """The answer holds every phrase, each after the one before it, whole words in any case."""

    phrases: Annotated[Phrases, Field(min_length=2)]
    """The phrases, in the order wanted."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of phrases before the first that is missing or comes too early; names that."""
        number = misplaced_phrase(answer, self.phrases)
        if number is None:
            return Score(1.0)
        phrase = self.phrases[number]
        reason = f"'{phrase}' does not come after '{self.phrases[number - 1]}'"
        if not has_phrase(answer, phrase):
            reason = f"lacks '{phrase}'"
        return Score.share(number, len(self.phrases), reason)


class StartsWith(Verifier):
    """The answer begins with a phrase, in any case."""

    phrase: Text
    """Its first words."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the phrase when the answer begins otherwise."""
        return None if starts_with(answer, self.phrase) else f"does not start with '{self.phrase}'"


class EndsWith(Verifier):
    """The answer ends with a phrase, in any case; closing punctuation counts."""

    phrase: Text
    """Its last words, with the punctuation wanted."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the phrase when the answer ends otherwise."""
        return None if ends_with(answer, self.phrase) else f"does not end with '{self.phrase}'"


class AnswerInQuestion(Verifier):
    """The answer stands in the question letter for letter: extraction, not invention.

    The question of a grounded skill is asked below its context, where the answer may stand too.
    """

    wanted: bool = True
    """False turns the demand around: the answer must not stand there."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Compares with the last user turn of the row's prompt."""
        found = has_verbatim(request_of(row), answer.strip())
        if found == self.wanted:
            return None
        return "does not stand in the question" if self.wanted else "stands in the question"


class KeepsAttributes(Verifier):
    """Question and answer both name the row's values of some attributes (`topic: refund`)."""

    needs_attributes = True
    keys: Phrases
    """The attributes."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """The share of attributes kept; names the first that is not, or that the row lacks."""
        lost = [reason for key in self.keys if (reason := _lost(key, answer, row))]
        kept = len(self.keys) - len(lost)
        return Score.share(kept, len(self.keys), lost[0] if lost else None)


class EqualsAttribute(Verifier):
    """The answer is the row's value of an attribute and nothing else: a label, as it was drawn.

    Case, punctuation, articles and the form of numbers do not count.
    """

    needs_attributes = True
    key: Text
    """The attribute."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """Names the value wanted; a row without the attribute fails."""
        attributes = row.get("attributes") or {}
        if self.key not in attributes:
            return f"the row has no attribute '{self.key}'"
        value = str(attributes[self.key])
        return None if exact_match(answer, [value]) else f"is not the {self.key} '{value}'"


def _lost(key: str, answer: str, row: Mapping[str, Any]) -> str | None:
    """Why an attribute of the row is not kept."""
    attributes = row.get("attributes") or {}
    if key not in attributes:
        return f"the row has no attribute '{key}'"
    value = str(attributes[key])
    if not has_phrase(question_of(row), value):
        return f"the question does not name its {key} '{value}'"
    return None if has_phrase(answer, value) else f"does not name the {key} '{value}'"
