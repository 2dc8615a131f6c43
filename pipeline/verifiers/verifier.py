"""What a verifier is, the built-in ones, and building them from a leaf's `verify:` list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pipeline.config import Strict
from pipeline.errors import InputError, RecipeError, TaxonomyError
from pipeline.parts import build_part
from pipeline.taxonomy import Leaf

VERIFIERS: dict[str, str] = {
    "answer_in_question": "pipeline.verifiers.phrases:AnswerInQuestion",
    "bullets": "pipeline.verifiers.shape:Bullets",
    "case": "pipeline.verifiers.shape:Case",
    "contains": "pipeline.verifiers.phrases:Contains",
    "contains_any": "pipeline.verifiers.phrases:ContainsAny",
    "ends_with": "pipeline.verifiers.phrases:EndsWith",
    "exact": "pipeline.verifiers.pattern:Exact",
    "excludes": "pipeline.verifiers.phrases:Excludes",
    "json_matches_attributes": "pipeline.verifiers.json_form:JsonMatchesAttributes",
    "json_schema": "pipeline.verifiers.json_form:JsonSchema",
    "keeps_attributes": "pipeline.verifiers.phrases:KeepsAttributes",
    "max_words": "pipeline.verifiers.shape:MaxWords",
    "min_words": "pipeline.verifiers.shape:MinWords",
    "numeric": "pipeline.verifiers.number:Numeric",
    "paragraphs": "pipeline.verifiers.shape:Paragraphs",
    "python_tests": "pipeline.verifiers.code:PythonTests",
    "regex": "pipeline.verifiers.pattern:Regex",
    "sentences": "pipeline.verifiers.shape:Sentences",
    "starts_with": "pipeline.verifiers.phrases:StartsWith",
}
"""The built-in verifiers by their short names."""


class Verifier(Strict):
    """A checkable demand on an answer; its fields are the demand."""

    needs_attributes: ClassVar[bool] = False
    """Whether it compares with the row's attributes, which no question of an exam has."""

    def check(self, answer: str, row: Mapping[str, Any]) -> str | None:
        """None where `answer` satisfies the demand, else a short reason.

        `row` gives the prompt and the attributes.
        """
        raise NotImplementedError


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


def first_failure(verifiers: Sequence[Verifier], answer: str, row: Mapping[str, Any]) -> str | None:
    """The reason of the first verifier that the answer fails; None where it passes all."""
    reasons = (verifier.check(answer, row) for verifier in verifiers)
    return next((reason for reason in reasons if reason is not None), None)
