"""What ends a training on rewards: nothing to learn from, a hacked reward, an entropy that fell.

It ends with the best step on the held-out prompts kept, and says why.
"""

import math
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from tutelage.core.errors import StageError
from tutelage.training.reward_functions import RewardFunction
from tutelage.training.training_log import LOG, lines_from, write_line

_FIRST_STEPS = 3
"""Steps whose mean entropy is what training began with."""
_WINDOW = 5
"""Steps over which entropy is averaged."""


class RewardPilot(TrainerCallback):
    """Before the first step: answers to some prompts, and whether any group is mixed."""

    def __init__(self, trainer: Any, folder: Path, prompts: int) -> None:
        self._trainer, self._folder = trainer, folder
        rows = trainer.train_dataset
        self._rows = rows.select(range(min(prompts, len(rows))))

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Raise StageError where every group's answers all earn the same."""
        if state.global_step:
            return
        held, self._trainer.num_generations_eval = (
            self._trainer.num_generations_eval,
            self._trainer.num_generations,
        )
        rows = self._trainer.get_eval_dataloader(self._rows)
        self._trainer.evaluation_loop(rows, "pilot", True, metric_key_prefix="pilot")
        self._trainer.num_generations_eval = held
        seen = self._trainer._metrics["eval"]
        figures = {name: _mean(values) for name, values in seen.items()}
        seen.clear()  # these prompts are no held-out ones
        alike, reward = figures["frac_reward_zero_std"], figures["reward"]
        if math.isnan(reward):
            raise StageError(
                "none of the pilot's answers got a score from any term: a judge's verdicts that "
                "cannot be read, or a term that says nothing about these rows"
            )
        mixed = round((1 - alike) * len(self._rows))
        if state.is_world_process_zero:
            text = (
                f"pilot: in {mixed} of {len(self._rows)} prompts answers earn different rewards; "
                f"mean reward {reward:.2f}"
            )
            write_line(self._folder, {"step": 0, "finding": text, "pilot_reward": reward})
        if not mixed:
            raise StageError(
                f"in none of {len(self._rows)} prompts do answers earn different rewards (all of a "
                f"prompt earn the same, {reward:.2f} on average), so there is nothing to learn "
                "from. Fine-tune the student on some answers first, take prompts that it sometimes "
                "gets right, or raise `temperature` or `samples`"
            )


class HackedReward(TrainerCallback):
    """Ends training where the reward rises while answers to held-out prompts get worse.

    Each look is set beside the best one, prompt by prompt: a fall counts where the 95% interval of
    the mean difference (Student's t) lies below 0.
    """

    def __init__(self, trainer: Any, folder: Path) -> None:
        self._terms: list[RewardFunction] = trainer.reward_funcs
        self._folder, self._measure = folder, str(trainer.args.metric_for_best_model)
        self._since: list[float] = []
        self._best: dict[str, float] = {}
        self._earned = math.nan
        """The reward of training when the best look was taken."""

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Where a killed training goes on, recall its looks from the log."""
        rewards = _logged(self._folder, state, "reward")
        last = 0
        for line in _logged(self._folder, state, "held_out_look"):
            last = line["step"]
            self._compare(*line["held_out_look"].values())
            if math.isnan(self._earned) and rewards:
                self._earned = rewards[0]["reward"]
        self._since = [line["reward"] for line in rewards if line["step"] > last]

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Gather the rewards of training."""
        if logs and logs.get("reward") is not None:
            self._since.append(logs["reward"])
            if math.isnan(self._earned):  # the first look came before the first reward
                self._earned = logs["reward"]

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Set the held-out answers beside those of the best look."""
        held, reward = self._take(), _mean(self._since)
        self._since = []
        if state.is_world_process_zero:
            look = {"prompts": held, "reward": None if math.isnan(reward) else reward}
            write_line(self._folder, {"step": state.global_step, "held_out_look": look})
        if self._compare(held, reward):
            control.should_training_stop = True
            self._say(state, held, reward)
        return control

    def _compare(self, held: dict[str, float], reward: float | None) -> bool:
        """Set a look beside the best one; whether the reward rose while it fell."""
        reward = math.nan if reward is None else reward
        if not self._best or _mean([*held.values()]) > _mean([*self._best.values()]):
            self._best, self._earned = held, reward
            return False
        return fallen(self._best, held) and reward > self._earned

    def _take(self) -> dict[str, float]:
        """The mean measure of each held-out prompt since the last look, over all devices."""
        from accelerate.utils import gather_object

        watched = [one for one in self._terms if f"/{one.__name__}/" in self._measure]
        found: dict[str, float] = {}
        for term in self._terms:
            scores, term.held_out = gather_object([term.held_out]), {}
            weight = (term in watched) if watched else term.weight
            for part in scores:
                for row, values in part.items():
                    found[row] = found.get(row, 0.0) + weight * _mean(values)
        return found

    def _say(self, state: TrainerState, held: dict[str, float], reward: float) -> None:
        if state.is_world_process_zero:
            best, now = _mean([*self._best.values()]), _mean([*held.values()])
            text = (
                f"stopped at step {state.global_step}: the reward rose from {self._earned:.3f} to "
                f"{reward:.3f}, while {self._measure.removeprefix('eval_')} on {len(held)} "
                f"held-out prompts fell from {best:.3f} to {now:.3f}: the reward is being hacked. "
                "The best step is kept; look at what its answers do, and reward that no more"
            )
            write_line(self._folder, {"step": state.global_step, "warning": text})


def fallen(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    """Whether paired measures fell beyond chance, by the 95% interval of Student's t."""
    import numpy as np
    from scipy.special import stdtrit

    changes = np.asarray([after[name] - before[name] for name in before if name in after])
    if len(changes) < 2 or changes.mean() >= 0:
        return False
    error = float(changes.std(ddof=1)) / math.sqrt(len(changes))
    return bool(changes.mean() + float(stdtrit(len(changes) - 1, 0.975)) * error < 0)


class CountsLevelGroups(TrainerCallback):
    """Says at the end how many groups taught nothing."""

    def __init__(self, folder: Path, groups: int) -> None:
        self._folder, self._groups = folder, groups  # of a step, over all devices

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Count them in the log, which has those before a kill too."""
        lines = _logged(self._folder, state, "frac_reward_zero_std")
        level = round(sum(line["frac_reward_zero_std"] for line in lines) * self._groups)
        if level and state.is_world_process_zero:
            text = (
                f"in {level} of {len(lines) * self._groups} groups all answers earned the same, so "
                "nothing was learnt from them"
            )
            write_line(self._folder, {"step": state.global_step, "finding": text})


class EntropyFalls(TrainerCallback):
    """Ends training where the student has stopped trying anything else."""

    def __init__(self, folder: Path, floor: float) -> None:
        self._folder, self._floor = folder, floor
        self._first: list[float] = []
        self._last: deque[float] = deque(maxlen=_WINDOW)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Where a killed training goes on, recall what it had from the log."""
        for line in _logged(self._folder, state, "entropy"):
            self._take(line["entropy"])

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> TrainerControl:
        """Compare the last steps' entropy with the first steps'."""
        entropy = (logs or {}).get("entropy")
        if entropy is None:
            return control
        self._take(entropy)
        begun, now = _mean(self._first), _mean(list(self._last))
        if len(self._last) == _WINDOW and now < self._floor * begun:
            control.should_training_stop = True
            if state.is_world_process_zero:
                text = (
                    f"stopped at step {state.global_step}: the entropy of a token has collapsed, "
                    f"from {begun:.3f} to {now:.3f} nats, so answers hardly differ any more. A "
                    "lower learning_rate or some `kl` holds it up"
                )
                write_line(self._folder, {"step": state.global_step, "warning": text})
        return control

    def _take(self, entropy: float) -> None:
        """Into the first steps, else into the last ones."""
        (self._first if len(self._first) < _FIRST_STEPS else self._last).append(entropy)


def _logged(folder: Path, state: TrainerState, name: str) -> list[dict[str, Any]]:
    """The lines of the log that hold something, of a training that goes on."""
    lines = lines_from(folder / LOG, 0)[0] if state.global_step else []
    return [line for line in lines if name in line]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
