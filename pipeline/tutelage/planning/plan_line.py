"""One line of a plan: what a stage is expected to do, to need and to cost."""

from dataclasses import dataclass, field

from tutelage.planning.ceilings import Use
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.training.memory_estimate import MemoryVerdict


@dataclass(slots=True)
class PlanLine:
    """The forecast of one stage. An estimate that is None is unknown."""

    name: str
    use: str
    """As a recipe says it, or `import` for that of a model's weights."""
    state: str
    source: str = ""
    """What the forecast rests on: a pilot, an earlier run, or assumptions."""
    rows: Estimate | None = None
    requests: Estimate | None = NOTHING
    input_tokens: Estimate | None = NOTHING
    output_tokens: Estimate | None = NOTHING
    usd: Estimate | None = NOTHING
    seconds: Estimate | None = NOTHING
    memory: Estimate | None = None
    """Bytes at the peak."""
    verdict: MemoryVerdict | None = None
    """Of training: whether it fits."""
    problem: str | None = None
    warning: str | None = None
    """What makes the stage likely to bring nothing, in words."""
    asked: dict[str, Use] = field(default_factory=dict)
    """By model: what budgets count."""
    longest: dict[str, float] = field(default_factory=dict)
    """By model: tokens of the longest request, with its answer."""

    def unknown(self) -> None:
        """Nothing is known of the stage: every figure is unknown, none is 0."""
        self.source = "unknown"
        self.requests = self.input_tokens = self.output_tokens = self.usd = self.seconds = None
