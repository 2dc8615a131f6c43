"""Group relative policy optimisation (TRL's GRPOTrainer), with the losses that came of it."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tutelage.training.held_out_looks import LooksAtRewards
from tutelage.training.methods.policy_gradient import PolicyGradient
from tutelage.training.prompts_with_tools import ShowsTools

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared


class GRPO(PolicyGradient):
    """Tune the student on the rewards of its own answers (GRPO, arXiv:2402.03300).

    Rows are prompts; what they answer already is not looked at. The student answers each `samples`
    times, and what earns more than its group's mean becomes likelier. A share of the prompts is
    held out; the best step on them is kept.
    """

    trl_config: ClassVar[str] = "GRPOConfig"
    takes_in: ClassVar[tuple[str, ...]] = ("loss_type", "reward_weights")

    loss: Literal["dapo", "dr_grpo", "grpo", "bnpo", "cispo", "sapo", "luspo"] = "dapo"
    """How tokens are weighed, as TRL names it: `dapo` (arXiv:2503.14476) evenly over a step,
    `dr_grpo` (arXiv:2503.20783) by a constant, `grpo` by each answer's own length, ... With `dapo`
    and `cispo` groups whose answers all earn the same are left out of the step."""

    @classmethod
    def trainer_class(cls) -> type[Any]:
        """TRL's, which shows the tools of rows and learns from mixed groups."""
        from trl import GRPOTrainer

        from tutelage.training.level_groups import LeavesOutLevelGroups

        before = (LeavesOutLevelGroups, ShowsTools, LooksAtRewards)
        return type("OfMixedGroups", (*before, GRPOTrainer), {})

    @classmethod
    def trl_fields(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """What all such methods settle, and the loss."""
        loss = job["trainer"].get("loss_type", job["loss"])
        return super().trl_fields(job, prepared) | {"loss_type": loss}

    @classmethod
    def trainer_options(cls, job: dict[str, Any], prepared: "Prepared") -> dict[str, Any]:
        """The reward's terms; OpenVINO's rollouts where they are the fastest that is there."""
        from tutelage.training.openvino_rollouts import openvino_rollouts

        options = super().trainer_options(job, prepared)
        sampler = openvino_rollouts(job, prepared)
        return options if sampler is None else options | {"rollout_func": sampler}
