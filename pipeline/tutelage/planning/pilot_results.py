"""The measurements of a pilot, from which forecasts are made."""

from dataclasses import dataclass, field

from tutelage.accounting.ledger import Usage
from tutelage.planning.measurements import Measurements
from tutelage.planning.speed import Work
from tutelage.planning.training_steps import TimedSteps


@dataclass(slots=True)
class Measured:
    """The measurements of a pilot."""

    tries: int
    """Rows tried per stage, at most; each takes the requests that the stage puts about it."""
    stages: dict[str, Measurements] = field(default_factory=dict)
    calls: dict[str, list[tuple[Work, float]]] = field(default_factory=dict)
    """By model: the work of each call and the seconds it took."""
    loading: dict[str, float] = field(default_factory=dict)
    """By model: seconds until it could answer."""
    training: dict[str, TimedSteps] = field(default_factory=dict)
    sent: Usage = field(default_factory=Usage)
    sent_by: dict[str, int] = field(default_factory=dict)
    """By stage: requests."""
    seconds: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    """By stage: why it could not be piloted."""
    empty: dict[str, str] = field(default_factory=dict)
    """By stage that kept none of the rows it tried: that, and the most frequent reasons."""
