"""What a verifier is, the built-in ones, and building them from a leaf's `verify:` list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from tutelage.core.config import Part
from tutelage.core.errors import InputError, RecipeError, TaxonomyError
from tutelage.core.plugins import build_part
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.score import Score, mean_score

VERIFIERS: dict[str, str] = {
    "answer": "tutelage.verifiers.right_answer:RightAnswer",
    "answer_in_question": "tutelage.verifiers.phrases:AnswerInQuestion",
    "bullets": "tutelage.verifiers.text_shape:Bullets",
    "case": "tutelage.verifiers.text_shape:LetterCase",
    "contains": "tutelage.verifiers.phrases:Contains",
    "contains_any": "tutelage.verifiers.phrases:ContainsAny",
    "ends_with": "tutelage.verifiers.phrases:EndsWith",
    "equals_attribute": "tutelage.verifiers.phrases:EqualsAttribute",
    "exact": "tutelage.verifiers.text_pattern:Exact",
    "excludes": "tutelage.verifiers.phrases:Excludes",
    "in_order": "tutelage.verifiers.phrases:InOrder",
    "in_language": "tutelage.verifiers.in_language:InLanguage",
    "json_matches_attributes": "tutelage.verifiers.json_form:JsonMatchesAttributes",
    "json_schema": "tutelage.verifiers.json_form:JsonSchema",
    "keeps_attributes": "tutelage.verifiers.phrases:KeepsAttributes",
    "keyword_count": "tutelage.verifiers.keyword_count:KeywordCount",
    "max_words": "tutelage.verifiers.text_shape:MaxWords",
    "min_words": "tutelage.verifiers.text_shape:MinWords",
    "no_commas": "tutelage.verifiers.no_commas:NoCommas",
    "numeric": "tutelage.verifiers.numeric:Numeric",
    "paragraphs": "tutelage.verifiers.text_shape:Paragraphs",
    "python_tests": "tutelage.verifiers.python_tests:PythonTests",
    "quoted": "tutelage.verifiers.quoted:Quoted",
    "regex": "tutelage.verifiers.text_pattern:Regex",
    "sentences": "tutelage.verifiers.text_shape:Sentences",
    "tool_call": "tutelage.verifiers.tool_calls:ToolCall",
    "starts_with": "tutelage.verifiers.phrases:StartsWith",
    "steps": "tutelage.verifiers.steps_check:StepsCheck",
}
"""The built-in verifiers by their short names."""


class Verifier(Part):
    """A checkable demand on an answer; its fields are the demand."""

    needs_attributes: ClassVar[bool] = False
    """Whether it compares with the row's attributes, which no question of an exam has."""

    passing: float = Field(1.0, gt=0, le=1)
    """The least score that counts as satisfying the demand: 0.5 lets half of the tests fail."""

    def score(self, answer: str, row: Mapping[str, Any]) -> Score:
        """How far `answer` satisfies the demand, from 0 to 1, and why not wholly.

        `row` has the prompt, the attributes, and what is known to be right: `answer`, `tests`,
        `reference`; `reasoning` are the thoughts before this answer, where they stand apart from
        it. A verifier defines this, or only `check` where an answer is right or wrong.
        """
        if type(self).check is Verifier.check:
            raise NotImplementedError(f"{type(self).__name__} defines neither `score` nor `check`")
        return Score.unless(self.check(answer, row))

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """None where the score reaches `passing`, else a short reason."""
        return self.failure(self.score(answer, row))

    def failure(self, found: Score) -> str | None:
        """None where a score reaches `passing`, else a short reason."""
        if found.value >= self.passing:
            return None
        return found.reason or f"scores {found.value:.2f}, {self.passing:g} or more is wanted"


def build_verifiers(
    specs: Iterable[Any], where: str, error: type[InputError] = RecipeError
) -> tuple[Verifier, ...]:
    """Verifiers from `[{regex: ...}, {max_words: 40}, {use: my_pkg:Mine, ...}]`."""
    return tuple(build_part(spec, VERIFIERS, f"{where}.{n}", error) for n, spec in enumerate(specs))


def exam_verifiers(
    specs: Iterable[Any], where: str, error: type[InputError]
) -> tuple[Verifier, ...]:
    """Verifiers of a question that models are examined with; raises where one never can pass."""
    found = build_verifiers(specs, where, error)
    for number, verifier in enumerate(found):
        if getattr(verifier, "needs_attributes", False):
            raise error(
                f"{where}.{number}: compares with the attributes of a generated row, so here every "
                "answer would fail; demand the values themselves (`json_schema`, `contains`)"
            )
    return found


def leaf_verifiers(leaf: Leaf) -> tuple[Verifier, ...]:
    """The demands on every answer of a leaf; raises TaxonomyError for a wrong one."""
    return build_verifiers(leaf.verify, f"{leaf.file}: verify", TaxonomyError)


def first_failure(
    verifiers: Sequence[Verifier], answer: str, row: Mapping[str, Any], thoughts: str = ""
) -> str | None:
    """The reason of the first verifier that the answer fails; None where it passes all.

    `thoughts` are those that led to it; a row's own may be the worked way that is known.
    """
    row = {**row, "reasoning": thoughts}
    reasons = (verifier.check(answer, row) for verifier in verifiers)
    return next((reason for reason in reasons if reason is not None), None)


def judge_answer(
    verifiers: Sequence[Verifier], answer: str, row: Mapping[str, Any], thoughts: str = ""
) -> tuple[Score, str | None]:
    """The mean score over the demands, and the reason of the first that fails; each is asked once.

    The mean has credit for demands that are met although another fails.
    """
    row = {**row, "reasoning": thoughts}
    found = [(verifier, verifier.score(answer, row)) for verifier in verifiers]
    reasons = (verifier.failure(score) for verifier, score in found)
    failure = next((reason for reason in reasons if reason is not None), None)
    return mean_score(score for _, score in found), failure


def score_answer(
    verifiers: Sequence[Verifier], answer: str, row: Mapping[str, Any], thoughts: str = ""
) -> Score:
    """The mean score over the demands, each with equal weight, and the first reason."""
    row = {**row, "reasoning": thoughts}
    return mean_score(verifier.score(answer, row) for verifier in verifiers)
