"""What a round trains on once more of the rounds before: a leaf that is asked for less would
otherwise be forgotten while the student learns the others."""

from dataclasses import dataclass, field

from tutelage.recipe.load_recipe import Stages
from tutelage.recipe.recipe import Recipe
from tutelage.runtime.improvement.round_result import AGAIN, BOTH, Round
from tutelage.runtime.improvement.steering import leaf_weights
from tutelage.training.methods.sft import SFT


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Changes to a round's recipe."""

    stages: dict[str, Stages] = field(default_factory=dict)
    """Those that go before a training, by its name."""
    settings: list[str] = field(default_factory=list)
    """As the command line would give them."""


def rehearsal(recipe: Recipe, last: Round) -> Rehearsal:
    """Rows of the last round for every `sft`: of a leaf that is asked for 0.3 times as many new
    rows, 0.7 of those that the last round trained on, themselves new or from rounds before it."""
    shares = {
        leaf: round(1 - weight, 4)
        for leaf, weight in leaf_weights(last.leaves).items()
        if weight < 1
    }
    found = Rehearsal()
    for step in recipe.steps if shares else ():
        if not isinstance(step.stage, SFT):
            continue
        (source,) = step.sources["rows"]
        again, both = f"{step.name}{AGAIN}", f"{step.name}{BOTH}"
        trained = last.folder / (both if (last.folder / both).exists() else str(source.stage))
        mix = {"use": "mix", "rows": [f"{again}_all"], "leaf_weights": shares | {"*": 0.0}}
        found.stages[step.name] = {
            f"{again}_all": {"use": "read", "file": str(trained.resolve())},
            again: mix | {"allow_empty": True},
            both: {"use": "filter", "rows": [again, source.stage]},  # the order may be a lesson
        }
        found.settings.append(f"stages.{step.name}.rows={both}")
    return found
