"""The table of generators, which one serves a leaf, and whether it can use what it is given."""

from collections.abc import Mapping, Sequence

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.core.config import at
from tutelage.core.errors import TaxonomyError
from tutelage.core.plugins import find_part
from tutelage.generation.methods.pooled import pooled_prompt
from tutelage.generation.session import GenerationSession, InstructionGenerator, Writer
from tutelage.generation.writing import Writing
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_METHODS = "tutelage.generation.methods."
GENERATORS = {
    "statements": f"{_METHODS}statement_questions:StatementQuestions",
    "passages": f"{_METHODS}passage_questions:PassageQuestions",
    "tasks": f"{_METHODS}tasks:Tasks",
}
"""The built-in ways to write a leaf's instructions, by the names that recipes give them."""


def generator_of(settings: Writing, leaf: Leaf) -> type[InstructionGenerator]:
    """The class that writes for a leaf; raises RecipeError for a name that is none."""
    field = "knowledge" if leaf.kind == "knowledge" else "skills"
    found: type[InstructionGenerator] = find_part(getattr(settings, field), GENERATORS, field)
    return found


def writer_of(
    desk: GenerationSession, leaf: Leaf, known: Mapping[str, Row] | None = None
) -> Writer:
    """The writer for a leaf; `known` are earlier rows that settled what to ask for, by the
    passage's text."""
    return generator_of(desk.settings, leaf).of(desk, leaf, known or {})


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
    for name in settings.leaf_weights:
        taxonomy.leaf(name)
    tried: set[tuple[type[InstructionGenerator], bool]] = set()
    for leaf in settings.chosen(taxonomy):
        if leaf.unavailable:
            raise TaxonomyError(f"{at(leaf.file, 'document.repo')}: {leaf.unavailable}")
        if leaf.unshown:
            raise TaxonomyError(f"{at(leaf.file, 'seed_examples')}: {leaf.unshown}")
        shape = (generator_of(settings, leaf), any(seed.context for seed in leaf.seeds))
        if settings.sampling == "leaf" and shape not in tried:
            shape[0].check(settings, leaf)
            tried.add(shape)
    if settings.sampling == "pooled":
        pooled_prompt(settings.pooled_template, [leaf.seeds[0] for leaf in taxonomy.leaves], 1)
