"""The budgets of a recipe compared with what a plan expects the whole run to use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tutelage.accounting.ledger import Usage
from tutelage.models.budget import Limits
from tutelage.models.pricing import read_amount
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.recipe.recipe import Recipe


@dataclass(slots=True)
class Use:
    """What a stage asks of one model; a span that is None is unknown."""

    requests: Estimate | None = NOTHING
    output_tokens: Estimate | None = NOTHING
    usd: Estimate | None = NOTHING
    """What a provider charges, without the machine's own time."""

    @classmethod
    def exactly(cls, used: Usage) -> "Use":
        """What a finished stage used."""
        usd = None if used.usd is None else Estimate.exactly(float(used.usd))
        return cls(Estimate.exactly(used.requests), Estimate.exactly(used.output_tokens), usd)


@dataclass(slots=True)
class Ceilings:
    """Limits that a run is certain to reach, and limits that it may reach."""

    crossed: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)


def hold(recipe: Recipe, stages: Sequence[dict[str, Use]]) -> Ceilings:
    """Compare each limit with the uses by model of all stages, finished ones too."""
    found = Ceilings()
    if recipe.settings.budget is not None:
        uses = [use for stage in stages for use in stage.values()]
        _hold("budget", recipe.settings.budget, uses, found)
    for name, (_, config) in recipe.models.items():
        if config.budget is not None:
            uses = [stage[name] for stage in stages if name in stage]
            _hold(f"models.{name}.budget", config.budget, uses, found)
    return found


def _hold(path: str, limits: Limits, uses: Iterable[Use], found: Ceilings) -> None:
    every = list(uses)
    for name, value in limits.model_dump(exclude_none=True).items():
        spans = [getattr(use, name) for use in every]
        # What is unknown is at least nothing: the rest alone may be too much.
        whole = sum((span for span in spans if span is not None), NOTHING)
        limit = float(read_amount(value))
        said = f"`{path}.{name}` is {value}"
        if whole.low > limit:
            found.crossed.append(f"{said}, but the run needs at least {_figure(whole.low, name)}")
        elif whole.high > limit:
            how = "will probably" if whole.expected > limit else "may"
            needs = f"{_figure(whole.expected, name)}, at most {_figure(whole.high, name)}"
            found.near.append(f"{said}: the run {how} stop there, it takes about {needs}")


def _figure(value: float, name: str) -> str:
    return f"{value:.4f}" if name == "usd" else f"{value:.0f}"
