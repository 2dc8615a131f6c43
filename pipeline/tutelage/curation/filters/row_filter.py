"""What a filter is, the built-in ones, and building them from a recipe's `filters:` list."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator

from tutelage.core.artifacts import Row
from tutelage.core.by_content import ByContent
from tutelage.core.config import Part
from tutelage.core.part_spec import PartSpec, name_of
from tutelage.core.plugins import build_part
from tutelage.taxonomy.leaf import Taxonomy

FILTERS: dict[str, str] = {
    "boilerplate": "tutelage.curation.filters.stock_phrases:Boilerplate",
    "consistent": "tutelage.curation.filters.consistent:Consistent",
    "decontaminated": "tutelage.curation.filters.decontaminated:Decontaminated",
    "diverse": "tutelage.curation.filters.diverse:Diverse",
    "echo": "tutelage.curation.filters.repeats:Echo",
    "exact_duplicate": "tutelage.curation.filters.duplicates:ExactDuplicate",
    "grounded": "tutelage.curation.filters.grounded:Grounded",
    "labelled": "tutelage.curation.filters.labelled:Labelled",
    "language": "tutelage.curation.filters.language:Language",
    "length": "tutelage.curation.filters.length:Length",
    "near_duplicate": "tutelage.curation.filters.duplicates:NearDuplicate",
    "on_attributes": "tutelage.curation.filters.on_attributes:OnAttributes",
    "refusal": "tutelage.curation.filters.stock_phrases:Refusal",
    "repetition": "tutelage.curation.filters.repeats:Repetition",
    "script": "tutelage.curation.filters.script:Script",
    "self_contained": "tutelage.curation.filters.self_contained:SelfContained",
    "semantic_duplicate": "tutelage.curation.filters.duplicates:SemanticDuplicate",
    "specific": "tutelage.curation.filters.specific:Specific",
    "verified": "tutelage.curation.filters.verified:Verified",
}
"""The built-in filters by their short names."""


QUESTION_COLUMNS = ("id", "leaf", "prompt", "messages", "context", "prompt_id")
"""The columns of which a row's question, leaf and group are read."""
Together = Literal["row", "question", "leaf", "all"]
"""Which rows a filter must see together."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a filter may know beside the rows."""

    seed: int = 0
    taxonomy: Taxonomy | None = None
    there: int = 0
    """How many of the first rows are there already: new rows are held against them."""
    held_out: Sequence[Path] = ()
    """Files of held-out examples, beside those of the taxonomy."""

    def of_new(self, rows: Sequence[Row], verdict: Callable[[Row], str | None]) -> list[str | None]:
        """A verdict on each new row, and None for those that are there already."""
        return [None] * self.there + [verdict(row) for row in rows[self.there :]]


class RowFilter(Part):
    """Says keep (None) or why not (a reason, `kind: detail`) about each row.

    A filter that judges rows one by one overrides `check`; one that compares them, `verdicts`.
    """

    overruled_by_people: ClassVar[bool] = True
    """Whether a row that a person accepted stays whatever this filter says (`labelled`). Not where
    a row is dropped for what other rows or held-out questions say, which the person did not see."""

    together: ClassVar[Together] = "row"
    """What its verdict on a row depends on: that `row` alone, all rows that ask the same `question`
    (but for case, spacing and punctuation), all of its `leaf`, or `all` rows. Rows that are too
    many for one process are brought together accordingly; `all` needs them all in one."""
    each_answer: ClassVar[bool] = False
    """Whether every answer of a conversation gets a verdict, as the row that it would be by itself;
    else the last one stands for all."""
    columns: ClassVar[tuple[str, ...] | None] = None
    """The columns that it reads, where it compares rows; None for any."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """The verdict on one row."""
        raise NotImplementedError

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """One verdict per row, in their order; of rows that are there already none is asked for."""
        return scope.of_new(rows, lambda row: self.check(row, scope))


def seen_together(judge: RowFilter | Callable[[Row], str | None]) -> Together:
    """Which rows a filter must see together.

    A filter that overrides `verdicts` and does not say is taken to compare `all` rows.
    """
    if not isinstance(judge, RowFilter):
        return "row"
    says = next(kind for kind in type(judge).__mro__ if "together" in vars(kind))
    compares = next(kind for kind in type(judge).__mro__ if "verdicts" in vars(kind))
    return judge.together if issubclass(says, compares) else "all"


_SPEC = PartSpec(lambda spec: build_filters([spec], "filters")[0][1])
FilterSpec = Annotated[str | dict[str, Any], AfterValidator(_SPEC.placed), ByContent(_SPEC.content)]
"""A filter as a recipe writes it: `name`, `{name: settings}` or `{use: module:Name, ...}`."""


def with_filter(specs: Sequence[Any], name: str) -> list[Any]:
    """The filters of a recipe with one more, unless it is there.

    After all others but those that choose among the rows left (`diverse`).
    """
    names = [name_of(spec) for spec in specs]
    if name in names:
        return list(specs)
    place = names.index("diverse") if "diverse" in names else len(names)
    return [*specs[:place], name, *specs[place:]]


def build_filters(
    specs: Iterable[Any], where: str
) -> list[tuple[str, RowFilter | Callable[[Row], str | None]]]:
    """Named filters from `[exact_duplicate, {length: {max_words: 60}}, {use: my_pkg:Toxicity}]`."""
    return [
        (name_of(spec), build_part(spec, FILTERS, f"{where}.{number}"))
        for number, spec in enumerate(specs)
    ]
