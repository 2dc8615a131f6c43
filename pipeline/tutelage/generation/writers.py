"""Which generator serves a leaf, who writes for which leaves, and whether it can be used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.generation.method_table import build_method
from tutelage.generation.session import GenerationSession, InstructionGenerator, Writer
from tutelage.generation.writing import Writing
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf, Taxonomy


def check_teacher(settings: Writing, taxonomy: Taxonomy, teacher: Model) -> None:
    """Raises RecipeError where a way of writing cannot ask a teacher."""
    for leaf in settings.chosen(taxonomy):
        if check := getattr(generator_of(settings, leaf), "check_teacher", None):
            check(teacher)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A writer, and the leaves that it writes for: one, mostly."""

    leaves: Sequence[Leaf]
    writer: Writer

    @property
    def name(self) -> str:
        """The leaf's path; `*` for several leaves together."""
        return self.leaves[0].path if len(self.leaves) == 1 else "*"


def generator_of(settings: Writing, leaf: Leaf) -> InstructionGenerator:
    """What writes for a leaf; raises RecipeError for a name that is none."""
    field = "knowledge" if leaf.kind == "knowledge" else "skills"
    field = "method" if settings.method is not None else field
    found: InstructionGenerator = build_method(getattr(settings, field), field)
    return found


def has_levels(settings: Writing, leaf: Leaf) -> bool:
    """Whether `leaf_difficulty` changes what is asked of a leaf."""
    levels = getattr(generator_of(settings, leaf), "has_levels", None)
    return levels is not None and bool(levels(leaf))


def rows_demand(settings: Writing, leaf: Leaf) -> bool:
    """Whether rows of a leaf bring demands of their own (`verify`)."""
    return bool(getattr(generator_of(settings, leaf), "rows_demand", False))


def writers_of(
    desk: GenerationSession, leaves: Sequence[Leaf], known: Mapping[str, Row] | None = None
) -> list[Assignment]:
    """The writers for some leaves; `known` are earlier rows that settled what to ask for, by the
    passage's text."""
    found, together = [], dict[str, list[Leaf]]()
    for leaf in leaves:
        generator = generator_of(desk.settings, leaf)
        if getattr(generator, "together", False):
            together.setdefault(repr(generator), []).append(leaf)
        else:
            found.append(Assignment([leaf], generator.of(desk, leaf, known or {})))
    for group in together.values():
        generator = generator_of(desk.settings, group[0])
        found.append(Assignment(group, generator.of_all(desk, group)))  # type: ignore[attr-defined]
    return found


def to_try(context: Context, leaf: str, writer: Writer, cells: Sequence[str]) -> Sequence[str]:
    """All cells; in a pilot some of them.

    Where a request goes by its place among all the first ones, since these are what a run asks.
    """
    chosen = context.sample(cells, leaf)
    return chosen if getattr(writer, "independent_cells", False) else cells[: len(chosen)]


def check_writing(settings: Writing, taxonomy: Taxonomy) -> None:
    """Find unknown leaves, seeds that cannot serve as examples, and templates that are wrong.

    Each generator tries its templates on the first leaf of each shape; nothing is asked.
    """
    for name in settings.leaf_difficulty:
        taxonomy.leaf(name)
    tried: set[tuple[str, str, bool]] = set()
    for leaf in settings.chosen(taxonomy):
        if leaf.unavailable:
            raise TaxonomyError(f"{at(leaf.file, 'document.repo')}: {leaf.unavailable}")
        if leaf.unshown:
            raise TaxonomyError(f"{at(leaf.file, 'seed_examples')}: {leaf.unshown}")
        generator = generator_of(settings, leaf)
        shape = (repr(generator), leaf.kind, any(seed.context for seed in leaf.seeds))
        if shape not in tried:
            generator.check(settings, leaf)
            tried.add(shape)
