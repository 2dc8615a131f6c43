"""Rows that a stage will be given or make, as far as is known: how many of each leaf, how long."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, learnt_of, request_of, thoughts_of
from tutelage.models.token_estimate import estimate_tokens
from tutelage.planning.estimates import NOTHING, Estimate, total
from tutelage.taxonomy.leaf import Taxonomy


@dataclass(frozen=True, slots=True)
class TextLength:
    """Tokens of one row."""

    question: Estimate
    answer: Estimate

    @property
    def whole(self) -> Estimate:
        """Question and answer together."""
        return self.question + self.answer

    def __mul__(self, by: Estimate) -> "TextLength":
        """Both, each end with its like."""
        return TextLength(self.question * by, self.answer * by)


@dataclass(frozen=True, slots=True)
class RowEstimate:
    """Rows that are not there yet."""

    rows: dict[str, Estimate]
    """By leaf."""
    lengths: dict[str, TextLength]
    """By leaf, of every leaf in `rows`; they differ in it several times over."""
    per_prompt: float = 1.0
    """Rows that share a prompt: several attempts at it."""
    passed: bool = False
    """Whether a stage of the very same settings kept them, so that this one will too."""

    @property
    def count(self) -> Estimate:
        """Rows of all leaves."""
        return total(self.rows.values())

    @property
    def length(self) -> TextLength:
        """Of a mean row."""
        counts = self.rows.items()
        return mean_length((self.lengths[leaf], count.expected) for leaf, count in counts)


def row_inputs(stage: Stage) -> list[str]:
    """The inputs of rows that a stage cannot do without: what it works on, row by row perhaps."""
    inputs = stage.inputs().values()
    return [entry.name for entry in inputs if entry.type is Rows and entry.required]


def mean_length(lengths: Iterable[tuple[TextLength, float]]) -> TextLength:
    """The mean of lengths, each with its weight; plain where all weights are 0."""
    weighted = list(lengths)
    if not any(weight for _, weight in weighted):
        weighted = [(length, 1.0) for length, _ in weighted]
    whole = sum(weight for _, weight in weighted)
    return TextLength(
        total(length.question * (weight / whole) for length, weight in weighted),
        total(length.answer * (weight / whole) for length, weight in weighted),
    )


def pooled(parts: Iterable[RowEstimate]) -> RowEstimate:
    """Several parts as one; each counts for the tokens of a leaf's row by its expected rows."""
    every = list(parts)
    leaves = list(dict.fromkeys(leaf for part in every for leaf in part.rows))
    rows = {leaf: total(part.rows.get(leaf, NOTHING) for part in every) for leaf in leaves}
    lengths = {
        leaf: mean_length(
            (part.lengths[leaf], part.rows[leaf].expected) for part in every if leaf in part.rows
        )
        for leaf in leaves
    }
    return RowEstimate(rows, lengths)


def lengths_of(rows: Iterable[Row]) -> dict[str, TextLength]:
    """By leaf, the mean length of rows that are there: of their answers with the thoughts before
    them, or of those that are known to be right."""
    sizes: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        answer = learnt_of(row) or str(row.get("answer") or "")
        worked = estimate_tokens(answer) + estimate_tokens(thoughts_of(row))
        sizes.setdefault(row["leaf"], []).append((estimate_tokens(request_of(row)), worked))
    return {leaf: known_length(of_leaf) for leaf, of_leaf in sizes.items()}


def known_length(sizes: Iterable[tuple[int, int]]) -> TextLength:
    """The mean of rows whose question and answer have so many tokens."""
    questions, answers = zip(*sizes, strict=True)
    means = (sum(side) / len(side) for side in (questions, answers))
    return TextLength(*map(Estimate.exactly, means))


def known_rows(rows: list[Row]) -> RowEstimate:
    """Rows that are there."""
    counts = Counter(row["leaf"] for row in rows)
    prompts = {row.get("prompt_id") or row["id"] for row in rows}
    known = {leaf: Estimate.exactly(count) for leaf, count in counts.items()}
    return RowEstimate(known, lengths_of(rows), len(rows) / max(1, len(prompts)))


def like_seeds(taxonomy: Taxonomy, rows: dict[str, Estimate]) -> RowEstimate:
    """Rows whose questions and answers are as long as those of their leaf's seeds."""
    lengths = {}
    for path in rows:
        seeds = taxonomy.leaf(path).seeds
        texts = ((f"{seed.context or ''}{seed.question}", seed.answer) for seed in seeds)
        lengths[path] = known_length((estimate_tokens(q), estimate_tokens(a)) for q, a in texts)
    return RowEstimate(rows, lengths)
