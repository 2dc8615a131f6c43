"""Answers that nothing is learnt from do not go through the student."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tutelage.training.held_out_looks import LooksAtRewards
from tutelage.training.level_groups import LeavesOutLevelGroups


class Sampler:
    """What stands for TRL's trainer: four groups of two answers, of which it samples nothing."""

    loss_type = "dapo"
    beta = entropy_coef = 0.0
    use_adaptive_entropy = False
    num_generations = 2

    def __init__(self, advantages: list[float], parts: int = 2) -> None:
        self.model = SimpleNamespace(training=True)
        self.accelerator = SimpleNamespace(gather=lambda given: given)
        self.args = SimpleNamespace(steps_per_generation=parts)
        self.advantages = torch.tensor(advantages)

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        count = len(self.advantages)
        mask = torch.tensor([[1] * (n + 1) + [0] * (count - n - 1) for n in range(count)])
        made = {"completion_ids": torch.arange(count)[:, None] * mask, "completion_mask": mask}
        return made | {"advantages": self.advantages, "num_items_in_batch": mask.sum()}


class Trainer(LeavesOutLevelGroups, Sampler):
    """Ours."""


def learnt_from(trainer: Any) -> tuple[list[float], int]:
    """The advantages of a step's answers, and the tokens that its loss is divided by."""
    made = trainer._generate_and_score_completions([])
    assert len(made["completion_ids"]) == len(made["completion_mask"]) == len(made["advantages"])
    return made["advantages"].tolist(), int(made["num_items_in_batch"])


def test_answers_of_mixed_groups_alone_are_kept() -> None:
    found, tokens = learnt_from(Trainer([0, 0, 1, -1, 0, 6e-4, 0, 0]))
    assert found == [1, -1]
    assert tokens == 3 + 4


@pytest.mark.parametrize(("parts", "kept"), [(1, 2), (2, 2), (4, 4), (8, 8)])
def test_as_many_are_kept_as_fill_the_micro_batches(parts: int, kept: int) -> None:
    found, tokens = learnt_from(Trainer([0, 0, 1, -1, 0, 0, 0, 0], parts))
    assert len(found) == kept
    assert sorted(found) == [-1, *[0] * (kept - 2), 1]
    assert tokens == 3 + 4


def test_a_step_without_a_mixed_group_shows_one_for_its_entropy() -> None:
    assert learnt_from(Trainer([0] * 8)) == ([0, 0], 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("loss_type", "grpo"), ("beta", 0.1), ("entropy_coef", 0.1), ("use_adaptive_entropy", True)],
)
def test_all_are_kept_where_more_than_their_advantage_counts(name: str, value: Any) -> None:
    trainer = Trainer([0, 0, 1, -1, 0, 0, 0, 0])
    setattr(trainer, name, value)
    assert len(learnt_from(trainer)[0]) == 8


@pytest.mark.parametrize(("beta", "passes"), [(0.0, 0), (0.1, 1)])
def test_a_look_runs_the_student_only_for_the_distance(beta: float, passes: int) -> None:
    class Base:
        def __init__(self) -> None:
            self.beta, self.sampled, self.passed = beta, 0, 0

        def _prepare_inputs(self, inputs: Any) -> Any:
            self.sampled += 1
            return inputs

        def prediction_step(self, model: Any, inputs: Any, *_: Any) -> tuple[Any, Any, Any]:
            self.passed += 1
            return torch.tensor(0.0), None, self._prepare_inputs(inputs)

    class Looking(LooksAtRewards, Base):
        """Ours."""

    looking = Looking()
    looking.prediction_step(None, [], True)
    assert (looking.sampled, looking.passed) == (1, passes)
