"""A way to write instructions that has settings of its own: its fields are its knobs."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from tutelage.core.artifacts import Row
from tutelage.core.config import Part
from tutelage.core.errors import TaxonomyError
from tutelage.generation.session import GenerationSession, RequestRate, Writer
from tutelage.generation.writing import Writing
from tutelage.models.model import Model
from tutelage.taxonomy.attribute_grid import DIFFICULTY
from tutelage.taxonomy.leaf import Kind, Leaf


class InstructionMethod(Part):
    """An entry of the table of generators; subclasses name their paper in their docstring."""

    together: ClassVar[bool] = False
    """Whether one writer serves all leaves at once (`of_all`), not each leaf by itself."""
    leaf_kinds: ClassVar[tuple[Kind, ...]] = ("knowledge", "foundational", "compositional")
    """The kinds of leaves that it can write for."""

    uses_grid: ClassVar[bool] = False
    """Whether it uses the cells of a leaf's attribute grid."""

    @property
    def rows_demand(self) -> bool:
        """Whether rows bring demands of their own (`verify`)."""
        return False

    def of(self, desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row]) -> Writer:
        """The writer of a leaf; `known` are earlier rows by the passage they rest on."""
        raise NotImplementedError

    def of_all(self, desk: GenerationSession, leaves: Sequence[Leaf]) -> Writer:
        """The writer of all leaves, where they are written for `together`."""
        raise NotImplementedError

    def check(self, settings: Writing, leaf: Leaf) -> None:
        """Try the templates on a leaf; raises an InputError for what cannot be used."""
        if leaf.kind not in self.leaf_kinds:
            name = type(self).__name__.lower()
            raise TaxonomyError(
                f"{leaf.file}: the method `{name}` writes without documents, so it cannot serve a "
                "knowledge leaf; name skill leaves under `leaves:`, or give it under `skills:`"
            )

    def check_teacher(self, teacher: Model) -> None:
        """Raises RecipeError for a teacher that it cannot ask."""

    def has_levels(self, leaf: Leaf) -> bool:
        """Whether it can ask a leaf for what is easier or harder (`leaf_difficulty`)."""
        return self.uses_grid and len(leaf.attributes.get(DIFFICULTY, ())) > 1

    def places(self, settings: Writing, leaf: Leaf) -> list[int]:
        """Tokens of each passage that can be asked about; none where it asks about none."""
        return []

    def rates(self, settings: Writing, leaf: Leaf) -> list[RequestRate]:
        """One request to so many instructions as the recipe puts together."""
        size = settings.per_request
        return [RequestRate(size * settings.max_tokens, per_try=1 / size)]
