"""Attempts at one prompt: which are right and which wrong, as far as that can be checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.artifacts import Row, answer_of, question_of, thoughts_of
from tutelage.core.digests import digest
from tutelage.core.errors import TaxonomyError
from tutelage.core.text import agrees
from tutelage.curation.filters.grounded import unsupported
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.verifiers.ground_truth import Demands
from tutelage.verifiers.verifier import first_failure


@dataclass(slots=True)
class Prompt:
    """A prompt with all attempts at it; of equal texts the first stands for all."""

    id: str
    reference: str
    """The answer that is known to be right, if one is."""
    right: list[Row] = field(default_factory=list)
    wrong: list[tuple[Row, str]] = field(default_factory=list)
    """With the first demand that each fails."""

    @property
    def first(self) -> Row:
        """Any attempt: what all have in common can be read off it."""
        return self.right[0] if self.right else self.wrong[0][0]


class Checker:
    """Says why an attempt is wrong: by its leaf's verifiers, then by what it rests on."""

    def __init__(self, taxonomy: Taxonomy | None) -> None:
        self._leaves = {leaf.path: leaf for leaf in (taxonomy.leaves if taxonomy else ())}
        self._demands = Demands(taxonomy)

    def can_tell(self, row: Row) -> bool:
        """Whether anything says which answers are right: demands, or what knowledge rests on."""
        leaf = self._leaves.get(row["leaf"])
        knowledge = leaf is not None and leaf.kind == "knowledge"
        rests = knowledge and (row.get("reference") or row.get("context"))
        return bool(rests or self._demands.on(row))

    def why_wrong(self, row: Row) -> str | None:
        """The first demand that an attempt fails; raises TaxonomyError for an unknown leaf."""
        if self._leaves and row["leaf"] not in (*self._leaves, "*"):
            raise TaxonomyError(f"{row['id']}: no leaf '{row['leaf']}'")
        leaf = self._leaves.get(row["leaf"])
        answer = answer_of(row)
        if not answer.strip():
            return "empty"
        knowledge = leaf is not None and leaf.kind == "knowledge"
        return first_failure(self._demands.on(row), answer, row, thoughts_of(row)) or (
            ungrounded(row) if knowledge else None
        )


def ungrounded(row: Mapping[str, Any]) -> str | None:
    """Why a knowledge answer has nothing to stand on: its reference, or without one its passage."""
    answer, reference = answer_of(row), str(row.get("reference") or "")
    if reference:
        return None if agrees(answer, reference) else "another answer"
    if not row.get("context"):
        return None
    return unsupported(answer, question_of(row), str(row["context"]))


def prompts(rows: Iterable[Row], checker: Checker) -> list[Prompt]:
    """Attempts by prompt, whoever made them; the same words asked of one leaf are one prompt.

    What is known to be right of one attempt's prompt is known of them all, in whatever order.
    """
    attempts: dict[str, list[Row]] = {}
    for row in rows:
        attempts.setdefault(digest(row["leaf"], row["prompt"]), []).append(row)
    return [_prompt(key[:12], found, checker) for key, found in attempts.items()]


def _prompt(name: str, rows: Sequence[Row], checker: Checker) -> Prompt:
    known = {str(row["reference"]) for row in rows if row.get("reference")}
    prompt = Prompt(name, min(known, default=""))
    texts: dict[str, Row] = {}
    for row in rows:
        texts.setdefault(answer_of(row), row)
    for row in texts.values():
        why = checker.why_wrong(row | {"reference": row.get("reference") or prompt.reference})
        if why is None:
            prompt.right.append(row)
        else:
            prompt.wrong.append((row, why))
    return prompt
