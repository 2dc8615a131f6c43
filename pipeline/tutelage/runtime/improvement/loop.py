"""Rounds of one recipe: each trains on what the last made, and asks more where that did badly.

A round is an ordinary run in a folder of its own, with a store that all share: a loop that was
killed goes on when it is started again, since everything finished is found.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tutelage.core.errors import BudgetReached, RecipeError
from tutelage.curation.diversity.collapse import Collapse, collapse
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.recipe import Recipe
from tutelage.runtime.improvement.earlier_rounds import rehearsal
from tutelage.runtime.improvement.round_result import Round, read_round
from tutelage.runtime.improvement.steered_settings import (
    difficulty_levels,
    method_weights,
    steered_settings,
    writing_places,
)
from tutelage.runtime.improvement.steering import leaf_weights
from tutelage.runtime.improvement.stopping import Until, why_stop
from tutelage.stages.evaluate import Evaluate
from tutelage.training.training_stage import TrainingStage

STUDENT, TEACHER = "student", "teacher"
RunRound = Callable[[Recipe, Path, Sequence[Path]], dict[str, Any]]
"""Runs a recipe into a folder and returns its report; what runs in other folders used counts
against its budgets."""


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """What a loop is: a recipe with the command line's changes, and how long it goes on."""

    recipe: Path
    sets: Sequence[str]
    models: dict[str, str]
    taxonomy: str | None
    rounds: int
    """Rounds, at most."""
    until: Until = "gains_end"
    generator: Literal["teacher", "student"] = "teacher"
    """What writes the rows of later rounds: the recipe's teacher, or the last round's model."""

    def load(self, rounds: Sequence[Round] = ()) -> Recipe:
        """The recipe of the round after some others; raises RecipeError as `load_recipe`."""
        recipe = load_recipe(self.recipe, list(self.sets), self.models, self.taxonomy)
        if not rounds:
            return recipe
        models = self.models | {STUDENT: str(rounds[-1].checkpoint)}
        if self.generator == "student":
            models |= {TEACHER: str(rounds[-1].checkpoint)}
        sets = [*self.sets, f"seed={recipe.seed + len(rounds)}"]
        sets += steered_settings(recipe, rounds[-1])
        again = rehearsal(recipe, rounds[-1])
        sets += again.settings
        return load_recipe(self.recipe, sets, models, self.taxonomy, again.stages)


@dataclass(slots=True)
class Improved:
    """A loop, as far as it went."""

    rounds: list[Round] = field(default_factory=list)
    weights: list[dict[str, float]] = field(default_factory=list)
    """By round: how much of each leaf was asked for; nothing is named in the first."""
    falls: list[list[Collapse]] = field(default_factory=list)
    """By round: leaves whose diversity fell since the round before, beyond chance."""
    why: str = ""
    """Why it ended; empty while it goes on."""
    methods: list[dict[str, dict[str, float]]] = field(default_factory=list)
    """By round and stage that writes: how much of each leaf was asked of it; empty where one stage
    writes all."""
    levels: list[dict[str, float]] = field(default_factory=list)
    """By round: how hard what is asked of a leaf was to be, from 0 to 1, of leaves where a stage
    can make it easier or harder."""


def check_loop(settings: LoopSettings) -> Recipe:
    """The first round's recipe; raises RecipeError where it cannot be repeated in rounds."""
    recipe = settings.load()
    if STUDENT not in recipe.models:
        raise RecipeError(
            f"{settings.recipe}: `improve` replaces `models.{STUDENT}` by what the last round "
            "trained, but the recipe names no such model"
        )
    for kind, name in ((TrainingStage, "a training stage"), (Evaluate, "`evaluate`")):
        if not any(isinstance(step.stage, kind) for step in recipe.steps):
            raise RecipeError(f"{settings.recipe}: a round needs {name}, but the recipe has none")
    _check_exam(settings.recipe, recipe)
    if settings.generator == "student" and TEACHER not in recipe.models:
        raise RecipeError(f"{settings.recipe}: `--generator student` needs `models.{TEACHER}`")
    if not writing_places(recipe):
        raise RecipeError(
            f"{settings.recipe}: no stage writes rows for leaves (`instructions`, `generate`, "
            "`converse` or `tools`), so a further round would train on the same rows"
        )
    return recipe


def _check_exam(file: Path, recipe: Recipe) -> None:
    """Raise RecipeError where the last evaluation cannot say what a round gained, leaf by leaf."""
    step = [one for one in recipe.steps if isinstance(one.stage, Evaluate)][-1]
    asked = step.sources["models"]
    trained = [one.name for one in recipe.steps if isinstance(one.stage, TrainingStage)]
    if asked[0].model != STUDENT or not any(one.stage in trained for one in asked[1:]):
        raise RecipeError(
            f"{file}: `{step.name}` must compare `models: [{STUDENT}, <the trained stage>]`, so "
            "that a round shows what it gained"
        )
    examined = isinstance(step.stage, Evaluate) and step.stage.leaves != []
    if recipe.taxonomy is None or not examined:
        raise RecipeError(
            f"{file}: `{step.name}` asks no held-out question of the taxonomy, and its leaves' "
            "scores are what steers the next round"
        )


def improve(settings: LoopSettings, folder: Path, run_round: RunRound) -> Iterator[Improved]:
    """Run rounds until the loop ends; the state after each, the same object every time.

    Raises what the first round raises; a later one that reaches the budget ends the loop.
    """
    check_loop(settings)
    state = Improved()
    while not state.why:
        number = len(state.rounds) + 1
        recipe = settings.load(state.rounds)
        place = folder / f"round-{number}"
        try:
            earlier = [one.folder for one in state.rounds]
            made = read_round(number, place, run_round(recipe, place, earlier))
        except BudgetReached:
            if not state.rounds:
                raise
            state.why = f"the budget is used up in round {number}"
            yield state
            return
        state.methods.append(method_weights(recipe, state.rounds[-1]) if state.rounds else {})
        state.levels.append(difficulty_levels(recipe, state.rounds[-1]) if state.rounds else {})
        falls = collapse(state.rounds[-1].rows, made.rows) if state.rounds else []
        state.weights.append(leaf_weights(state.rounds[-1].leaves) if state.rounds else {})
        state.falls.append([fall for fall in falls if fall.alarm])
        state.rounds.append(made)
        state.why = why_stop(state.rounds, settings.rounds, settings.until) or ""
        yield state
