"""What a chooser is, what it is shown, and the built-in ones, one file each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from tutelage.contract.context import Context
from tutelage.core.plugins import find_part
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.pool import Sample
from tutelage.evaluation.test_time.spend import Spend
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

if TYPE_CHECKING:
    from tutelage.evaluation.test_time.settings import TestTime

ChooserName = Literal["majority", "verifier", "reward", "process", "judge", "likelihood"]
CHOOSERS: dict[str, str] = {
    "judge": "tutelage.evaluation.test_time.choosers.by_judge:ByJudge",
    "likelihood": "tutelage.evaluation.test_time.choosers.by_likelihood:ByLikelihood",
    "majority": "tutelage.evaluation.test_time.choosers.by_majority:ByMajority",
    "process": "tutelage.evaluation.test_time.choosers.by_process:ByProcess",
    "reward": "tutelage.evaluation.test_time.choosers.by_reward:ByReward",
    "verifier": "tutelage.evaluation.test_time.choosers.by_verifier:ByVerifier",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What choosers may use. Ahead of a run it is known that a judge is given, but not which."""

    settings: "TestTime"
    taxonomy: Taxonomy | None = None
    has_judge: bool = False
    judge: Model | None = None
    has_reward: bool = False
    reward: Path | None = None


@dataclass(frozen=True, slots=True)
class Ratings:
    """What a chooser says of each answer of one question, and what that cost for one answer."""

    scores: tuple[float, ...]
    """Higher for an answer that it would rather take."""
    weights: tuple[float, ...]
    """The same as weights of a vote: none below 0."""
    each: Spend = field(default_factory=Spend)


class Chooser:
    """Scores every answer of a pool; the highest score is taken, or weighs most in a vote."""

    votes_alone: ClassVar[bool] = False
    """Whether it scores no answer by itself, and only what most of them say counts."""

    def check(self, means: Means, cases: Sequence[Case], models: Sequence[Model]) -> None:
        """Raise RecipeError where it cannot work: called before any model loads."""

    def judge(
        self,
        context: Context,
        means: Means,
        model: Model,
        cases: Sequence[Case],
        pools: Sequence[Sequence[Sample]],
    ) -> list[Ratings]:
        """What it says of each question's answers, which `model` gave."""
        raise NotImplementedError


def find_chooser(name: ChooserName) -> Chooser:
    """A chooser by its name."""
    found: type[Chooser] = find_part(name, CHOOSERS, "test_time.choose")
    return found()
