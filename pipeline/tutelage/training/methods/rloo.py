"""REINFORCE with a leave-one-out baseline (TRL's RLOOTrainer)."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from tutelage.training.held_out_looks import LooksAtRewards
from tutelage.training.methods.policy_gradient import PolicyGradient
from tutelage.training.prompts_with_tools import ShowsTools


class RLOO(PolicyGradient):
    """Tune the student on the rewards of its own answers (RLOO, arXiv:2402.14740).

    As `grpo`, but an answer's reward is set beside the mean of the others of its group, and the
    distance from the student as it came is part of the reward.
    """

    trl_config: ClassVar[str] = "RLOOConfig"

    kl: float = Field(0.05, ge=0)
    """Weight of the distance from the student as it came; 0 needs no second model in memory."""
    rollouts: Literal["auto", "trl", "vllm"] = "auto"
    """What samples the answers: vLLM beside the trainer on a GPU, or on a server of its own
    (`trainer: {vllm_mode: server}`); TRL by transformers. `auto` takes the first that is there."""

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's own, which shows the tools of rows."""
        from trl import RLOOTrainer

        return type("WithTools", (ShowsTools, LooksAtRewards, RLOOTrainer), {})
