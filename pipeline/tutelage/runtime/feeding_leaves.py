"""Which leaves the rows of a stage's input are written for, as far as a recipe tells it."""

from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Rows
from tutelage.generation.leaf_choice import LeafChoice
from tutelage.generation.writers import generator_of, rows_demand
from tutelage.generation.writing import Writing
from tutelage.recipe.recipe import Recipe, Source
from tutelage.stages.seeds import Seeds
from tutelage.stages.tools import Tools
from tutelage.taxonomy.leaf import Leaf, Taxonomy


def feeding_leaves(
    recipe: Recipe, sources: list[Source], taxonomy: Taxonomy
) -> dict[str, Leaf] | None:
    """The leaves by path; None where rows may bring what is known to be right of them, as those of
    files, of `tasks`, of `tools` (their calls) and of parts that are not ours may."""
    found: dict[str, Leaf] = {}
    for source in sources:
        step = recipe.step(source.stage) if source.stage else None
        if step is None or not _is_ours(step.stage):
            return None
        written = _written_for(step.stage, taxonomy)
        if written is None and (before := step.bound(Rows)):
            written = feeding_leaves(recipe, before, taxonomy)
        if written is None:
            return None
        found |= written
    return found


def _written_for(stage: Stage, taxonomy: Taxonomy) -> dict[str, Leaf] | None:
    """The leaves that a stage writes rows for by what the taxonomy says alone."""
    if isinstance(stage, Seeds):
        return {leaf.path: leaf for leaf in taxonomy.leaves if leaf.kind in stage.kinds}
    if isinstance(stage, Tools):
        return None
    choices = [stage, *(getattr(stage, name) for name in type(stage).model_fields)]
    choice = next((one for one in choices if isinstance(one, LeafChoice)), None)
    leaves = choice.chosen(taxonomy) if choice else []
    if isinstance(choice, Writing) and any(_may_demand(choice, leaf) for leaf in leaves):
        return None
    return {leaf.path: leaf for leaf in leaves} if choice else None


def _may_demand(writing: Writing, leaf: Leaf) -> bool:
    return rows_demand(writing, leaf) or not _is_ours(generator_of(writing, leaf))


def _is_ours(part: object) -> bool:
    module = part.__module__ if isinstance(part, type) else type(part).__module__
    return module.startswith("tutelage.")
