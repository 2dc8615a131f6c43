"""What a term of a reward is, the built-in ones, and building them from a recipe's `rewards:`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import AfterValidator, Field

from tutelage.core.artifacts import Row
from tutelage.core.by_content import ByContent
from tutelage.core.config import Part
from tutelage.core.errors import RecipeError
from tutelage.core.part_spec import PartSpec, name_of
from tutelage.core.plugins import build_part

REWARD_TERMS: dict[str, str] = {
    "form": "tutelage.training.rewards.form:FormReward",
    "judged": "tutelage.training.rewards.judged:JudgeReward",
    "reward_model": "tutelage.training.rewards.by_reward_model:ByRewardModel",
    "short": "tutelage.training.rewards.short:Short",
    "verified": "tutelage.training.rewards.demands_met:DemandsMet",
}
"""The built-in terms by their short names."""


Looked = Literal["answer", "all"]
"""What of a rollout a term looks at."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """An answer that the student gave in training."""

    row: Row
    """The prompt's row: `id`, `leaf`, `prompt`, `verify`, ground truth, attributes."""
    text: str
    """What it says, without thoughts."""
    tokens: int
    """How long it is, thoughts included."""
    thoughts: str = ""
    """What was thought before."""
    whole: str = ""
    """All of it as the student wrote it, marks around thoughts included."""

    def part(self, looked: Looked) -> str:
        """The answer alone, or all of it."""
        return self.text if looked == "answer" else self.whole or self.text


class AsksJudge(Protocol):
    """Puts answers to a judge."""

    def __call__(
        self, rubric: str, rollouts: Sequence[Rollout], votes: int = 1
    ) -> list[float | None]:
        """Grades from 0 (the scale's worst) to 1; None where no verdict could be read.

        Of several `votes` on each answer it is the mean.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scoring:
    """What terms may use beside the answers."""

    reward_model: Path | None = None
    judge: AsksJudge | None = None


Scorer = Callable[[Sequence[Rollout]], list[float | None]]
"""A score for each answer; None where the term says nothing about it."""


class RewardTerm(Part):
    """A part of a reward; its fields say what is rewarded."""

    needs: ClassVar[str] = ""
    """The input that a stage must be given for it: `judge`, `reward_model`."""
    judges_content: ClassVar[bool] = True
    """False for what looks at an answer's shape alone, which any nonsense may have."""

    weight: float = Field(1.0, allow_inf_nan=False)
    """What its score counts in the sum; below 0 it is a penalty."""

    def unfit(self, row: Row) -> str | None:
        """Why the answers to a row's prompt cannot be scored; None where they can."""
        return None

    def scorer(self, scoring: Scoring) -> Scorer:
        """What scores answers; models are loaded here."""
        raise NotImplementedError


_SPEC = PartSpec(lambda spec: next(iter(build_terms([spec], "rewards").values())))
RewardSpec = Annotated[str | dict[str, Any], AfterValidator(_SPEC.placed), ByContent(_SPEC.content)]
"""A term as a recipe writes it: `name`, `{name: settings}` or `{use: module:Name, ...}`."""


def build_terms(specs: Iterable[Any], where: str) -> dict[str, RewardTerm]:
    """Terms by name from `[verified, {short: {words: 40, weight: 0.2}}, {use: my_pkg:Mine}]`.

    Raises RecipeError for a wrong one, for none, and for two of a name.
    """
    found: dict[str, RewardTerm] = {}
    for number, spec in enumerate(specs):
        name = name_of(spec).rpartition(":")[2]
        term = build_part(spec, REWARD_TERMS, f"{where}.{number}")
        if not isinstance(term, RewardTerm):
            raise RecipeError(f"{where}.{number}: '{name}' is no RewardTerm")
        if name in found:
            raise RecipeError(f"{where}.{number}: '{name}' is there already; give one of each")
        found[name] = term
    return found


def check_rewards(terms: dict[str, RewardTerm], where: str) -> None:
    """Raise RecipeError for a reward that is the same whatever the answer says."""
    if not any(term.weight for term in terms.values()):
        raise RecipeError(
            f"{where}: the reward is constant: " + ("every weight is 0" if terms else "no term")
        )
    if not any(term.weight > 0 and term.judges_content for term in terms.values()):
        raise RecipeError(
            f"{where}: nothing rewards what an answer says, so the shortest nonsense would win; "
            "add `verified`, `judged` or `reward_model`"
        )
