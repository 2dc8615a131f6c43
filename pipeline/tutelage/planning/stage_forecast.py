"""What a forecast of a stage is made from, and what it says."""

from dataclasses import dataclass

from tutelage.contract.stage import Stage
from tutelage.planning.estimates import Estimate
from tutelage.planning.measurements import Measurements
from tutelage.planning.row_estimates import RowEstimate, pooled
from tutelage.planning.training_steps import TimedSteps
from tutelage.taxonomy.leaf import Taxonomy


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with what it will be given, as far as that is known before it runs."""

    stage: Stage
    seen: Measurements
    rows: dict[str, list[RowEstimate]]
    """By input of type Rows that is given."""
    models: dict[str, list[str]]
    """By input of type Model that is given: names of models, or of stages that train them."""
    checkpoints: dict[str, list[str]]
    """The same by input of type Checkpoint."""
    taxonomy: Taxonomy | None = None
    steps: TimedSteps | None = None
    """Of a training: how fast its steps were, where that was measured."""

    def the_rows(self, name: str) -> RowEstimate | None:
        """The rows of an input, taken together; None where it is not given."""
        return pooled(self.rows[name]) if name in self.rows else None

    def model(self, *names: str) -> str:
        """The model of the first of these inputs that is given."""
        return next(self.models[name][0] for name in names if name in self.models)

    def the_taxonomy(self) -> Taxonomy:
        """The taxonomy, of a stage that cannot do without."""
        assert self.taxonomy is not None
        return self.taxonomy


@dataclass(frozen=True, slots=True)
class RequestEstimate:
    """Requests of one kind for one leaf."""

    model: str
    leaf: str
    requests: Estimate
    max_tokens: int
    """Tokens of an answer, at most."""
    own_tokens: float = 0.0
    """Of a prompt where none was measured: what differs from request to request."""
    shared_tokens: float = 0.0
    """What all of them begin with: the examples of a leaf, say."""
    longest_tokens: float = 0.0
    """Of the longest prompt, where it is known."""


@dataclass(frozen=True, slots=True)
class TrainingWork:
    """Training on rows: how much, and how it takes memory."""

    rows: Estimate
    tokens: Estimate
    """Of one row; of one pair both answers, each with the prompt."""
    epochs: float
    pairs: bool
    answers: int = 1
    """Of a row, which pass the model apart; of a pair 2."""


@dataclass(frozen=True, slots=True)
class StageForecast:
    """What a stage is expected to do and to make."""

    makes: RowEstimate | None = None
    """None where the stage makes no rows."""
    requests: tuple[RequestEstimate, ...] = ()
    training: TrainingWork | None = None
    warning: str | None = None
    """What the numbers do not say, in words."""
