"""What a round changes in the next one's recipe: settings of the stages that write rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tutelage.generation.leaf_choice import LeafChoice
from tutelage.generation.writers import has_levels
from tutelage.generation.writing import Writing
from tutelage.recipe.recipe import Recipe
from tutelage.runtime.improvement.round_result import Round
from tutelage.runtime.improvement.steering import leaf_levels, leaf_weights, stage_weights
from tutelage.stages.mix import Mix
from tutelage.taxonomy.load import load_taxonomy


@dataclass(frozen=True, slots=True)
class WritingPlace:
    """Where a recipe says which leaves a stage writes for."""

    stage: str
    path: str
    """Dotted, from the recipe's top."""
    is_written: bool
    """Whether the recipe has something there."""
    writing: LeafChoice

    def settings(self, values: Mapping[str, Any]) -> list[str]:
        """Values of its fields as the command line would give them."""
        if not self.is_written:
            return [f"{self.path}={json.dumps(values)}"]
        return [f"{self.path}.{name}={json.dumps(value)}" for name, value in values.items()]


def writing_places(recipe: Recipe) -> list[WritingPlace]:
    """The places of all stages that write rows for leaves."""
    found = []
    for step in recipe.steps:
        path, written = f"stages.{step.name}", recipe.settings.stages.get(step.name, {})
        if isinstance(step.stage, LeafChoice):
            found.append(WritingPlace(step.name, path, True, step.stage))
        for name in type(step.stage).model_fields:
            if isinstance(own := getattr(step.stage, name), LeafChoice):
                found.append(WritingPlace(step.name, f"{path}.{name}", name in written, own))
    return found


def method_weights(recipe: Recipe, last: Round) -> dict[str, dict[str, float]]:
    """The weights of each stage that writes, where there are several."""
    stages = {place.stage for place in writing_places(recipe)}
    yields = {name: last.yields.get(name, {}) for name in stages}
    return stage_weights(leaf_weights(last.leaves), yields) if len(stages) > 1 else {}


def difficulty_levels(recipe: Recipe, last: Round) -> dict[str, float]:
    """How hard what is asked of each leaf is to be, of leaves where a stage can change it."""
    if recipe.taxonomy is None:
        return {}
    levels = leaf_levels(last.leaves)
    ways = [one.writing for one in writing_places(recipe) if isinstance(one.writing, Writing)]
    return {
        leaf.path: levels[leaf.path]
        for leaf in load_taxonomy(recipe.taxonomy, recipe.documents).leaves
        if leaf.path in levels and any(has_levels(way, leaf) for way in ways)
    }


def steered_settings(recipe: Recipe, last: Round) -> list[str]:
    """Settings that give every stage that writes rows its weights of the leaves, those of
    the recipe times what the last round says, and how hard each leaf's tasks are to be."""
    weights, own = leaf_weights(last.leaves), method_weights(recipe, last)
    levels = difficulty_levels(recipe, last)
    found = []
    for place in writing_places(recipe):
        steered = weights | own.get(place.stage, {})
        values = {"leaf_weights": _times(place.writing.leaf_weights, steered)}
        if levels and isinstance(place.writing, Writing):
            values["leaf_difficulty"] = levels | place.writing.leaf_difficulty
        found += place.settings(values)
    return found + _exposures(recipe, weights)


def _exposures(recipe: Recipe, weights: Mapping[str, float]) -> list[str]:
    """The same for a `mix` that decides how often each statement is trained on, whatever was
    written about it: there the leaf's weight counts, if it is knowledge."""
    mixes = {step.name: step.stage for step in recipe.steps if isinstance(step.stage, Mix)}
    deciding = {name: mix for name, mix in mixes.items() if mix.exposures}
    if recipe.taxonomy is None or not deciding:
        return []
    leaves = load_taxonomy(recipe.taxonomy, recipe.documents).leaves
    known = {leaf.path for leaf in leaves if leaf.kind == "knowledge"}
    steered = {leaf: weight for leaf, weight in weights.items() if leaf in known}
    return [
        f"stages.{name}.leaf_weights={json.dumps(_times(mix.leaf_weights, steered))}"
        for name, mix in deciding.items()
        if steered
    ]


def _times(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    leaves = [*one, *(leaf for leaf in other if leaf not in one)]
    return {leaf: round(one.get(leaf, 1.0) * other.get(leaf, 1.0), 4) for leaf in leaves}
