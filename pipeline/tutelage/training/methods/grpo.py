"""Group relative policy optimisation (TRL's GRPOTrainer), with the losses that came of it."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

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
        """TRL's, with groups left out whose answers all earn the same.

        Such a group has no advantage, so no gradient; but its tokens are among those that TRL's
        loss is divided by, and so make the step smaller. DAPO samples until it has enough other
        groups (arXiv:2503.14476, section 3.2); here the step is of those that it has.
        """
        from trl import GRPOTrainer

        class OfMixedGroups(ShowsTools, GRPOTrainer):  # type: ignore[misc]
            def _generate_and_score_completions(self, inputs: Any) -> Any:
                made = super()._generate_and_score_completions(inputs)
                if self.model.training and not self.beta and not self.entropy_coef:
                    made["num_items_in_batch"] = self._tokens_of_mixed_groups(made)
                return made

            def _tokens_of_mixed_groups(self, made: dict[str, Any]) -> Any:
                gather, size = self.accelerator.gather, self.num_generations
                advantages = gather(made["advantages"]).view(-1, size)
                tokens = gather(made["completion_mask"].sum(1)).view(-1, size)
                return tokens[advantages.ne(0).any(1)].sum()

        return OfMixedGroups

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
