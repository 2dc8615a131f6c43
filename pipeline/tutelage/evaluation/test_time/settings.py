"""What a study of test-time compute is asked for, as a recipe writes it under `test_time:`."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from tutelage.core.config import Strict
from tutelage.evaluation.test_time.choosers.chooser import ChooserName
from tutelage.judging.rubric import RubricFile

Count = Annotated[int, Field(gt=0, le=1024)]


class TestTime(Strict):
    """How often, and in which ways, each question is answered, and how one answer is chosen."""

    __test__ = False  # no test of pytest's, though its name begins like one

    samples: list[Count] = [1, 2, 4, 8, 16]
    """Numbers of answers N; the pool of each question has as many as the largest. One answer is
    always among what is compared, and so are `chains` where answers are revised."""
    choose: list[ChooserName] = ["majority"]
    """How one of N answers is chosen: `majority`, `verifier`, `reward`, `process` (a reward model's
    view of the worst step), `judge`, `likelihood`."""
    revise: list[Annotated[int, Field(ge=0, le=8)]] = [0]
    """How often an answer is put to its model again, to check and correct it."""
    resample_steps: list[Annotated[int, Field(ge=0, le=32)]] = [0]
    """How often an answer is drawn anew from its first wrong step on. 0 leaves this out."""
    resample_by: list[Literal["steps", "process"]] = ["steps"]
    """What finds that step, each on lines of its own: `steps` computes arithmetic again, `process`
    takes the first line with which the score of `reward_model` falls, one trained on steps."""
    think_tokens: list[Annotated[int, Field(gt=0)]] = []
    """Tokens that a model that reasons may reason for, a pool each; as its `reasoning_tokens` where
    not given."""
    chains: int = Field(4, gt=0)
    """Answers of the pool that are revised, or resampled step by step, at most."""
    temperature: float = Field(1.0, gt=0)
    """Of the pool's answers."""
    verify: list[dict[str, Any] | str] = []
    """What the chooser `verifier` checks, written as in a leaf, beside the demands of the leaf on
    all of its answers. It never sees the held-out answer."""
    rubric: RubricFile = "correct"
    """What the chooser `judge` goes by: a rubric with a scale."""
    votes: int = Field(1, gt=0)
    """Verdicts of the judge on each answer; their mean counts."""
    leaves: list[str] = []
    """The leaves and benchmarks whose questions are asked; all that can be scored by default."""
    target: float | None = Field(None, gt=0, lt=1)
    """The accuracy whose price is compared; by default one that every model reaches."""

    @field_validator("samples", "revise", "resample_steps", "think_tokens")
    @classmethod
    def _rising(cls, given: list[int]) -> list[int]:
        if given != sorted(set(given)):
            raise ValueError("give each number once, from the smallest to the largest")
        return given

    @field_validator("samples", "choose", "revise", "resample_steps", "resample_by")
    @classmethod
    def _some(cls, given: list[Any]) -> list[Any]:
        if not given:
            raise ValueError("give at least one")
        return given

    @field_validator("choose", "resample_by")
    @classmethod
    def _once(cls, given: list[str]) -> list[str]:
        if len(set(given)) < len(given):
            raise ValueError("one of these stands twice")
        return given

    @model_validator(mode="after")
    def _chosen_from_more_than_one(self) -> Self:
        if max(self.samples) == 1:
            raise ValueError("`samples` of 1 alone leaves nothing to choose from: add 2, 4, 8, ...")
        return self

    @property
    def pool(self) -> int:
        """Answers to each question."""
        return max(self.samples)

    @property
    def sizes(self) -> list[int]:
        """The numbers of answers that are compared; those beside `samples` come from its pool."""
        revised = {min(self.chains, self.pool)} if max(self.revise) else set()
        return sorted({1, *self.samples} | revised)

    @property
    def revised_sizes(self) -> list[int]:
        """Those for which there are revised answers."""
        return [size for size in self.sizes if size <= self.chains]
