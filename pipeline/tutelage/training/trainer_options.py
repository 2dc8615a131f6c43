"""The `trainer:` fields: TRL's own, checked by TRL itself before anything is spent."""

import functools
import json
import subprocess
from typing import TYPE_CHECKING, Any

from tutelage.core.errors import RecipeError, StageError
from tutelage.core.nearest import nearest
from tutelage.core.user_modules import python_command, python_environment

if TYPE_CHECKING:
    from tutelage.training.training_stage import TrainingStage

_ORDER = "steps are drawn from the seed, rows of like length together"
_TURNS = "loss is on the assistant's turns, always"
OURS = {
    "assistant_only_loss": _TURNS,
    "auto_find_batch_size": "the micro-batch is halved where memory does not suffice",
    "chat_template_path": "use `chat_template`",
    "completion_only_loss": _TURNS,
    "gradient_accumulation_steps": "use `batch_size` and `micro_batch`",
    "group_by_length": _ORDER,
    "learning_rate": "use `learning_rate` of the stage",
    "max_length": "use `max_length` of the stage",
    "num_train_epochs": "use `epochs`",
    "output_dir": "the store decides it",
    "packing": "rows are laid end to end where the attention kernel keeps them apart, else padded",
    "padding_free": "rows are laid end to end where the attention kernel keeps them apart",
    "per_device_train_batch_size": "use `batch_size` and `micro_batch`",
    "resume_from_checkpoint": "training goes on from its last checkpoint by itself",
    "seed": "use the recipe's `seed`",
    "shuffle_dataset": _ORDER,
    "train_sampling_strategy": _ORDER,
}
"""Fields that something else decides here, and what."""


def check_options(stage: "TrainingStage") -> None:
    """Raise RecipeError for `trainer:` fields that TRL does not know, that are ours, or that fail.

    A training with these fields is rehearsed in a child, so that this process loads no torch.
    """
    if not stage.trainer:
        return
    for name in stage.trainer:
        if name in OURS:
            raise RecipeError(f"trainer.{name}: not taken from here; {OURS[name]}")
    fields = stage.model_dump(mode="json")
    answer = _rehearsed(json.dumps({"method": stage.use(), "fields": fields}))
    for name in stage.trainer:
        if name not in answer["known"]:
            hint = nearest(name, answer["known"])
            raise RecipeError(f"trainer.{name}: no such field of TRL's {stage.trl_config}{hint}")
    if answer["why"]:
        raise RecipeError(f"trainer: TRL's {stage.trl_config} refuses it: {answer['why']}")


@functools.cache
def _rehearsed(stage: str) -> dict[str, Any]:
    """Once for each stage, which stands as JSON: the child loads torch and TRL."""
    command = python_command("-W", "ignore", "-m", "tutelage.training.rehearsal")
    environment = python_environment() | {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    result = subprocess.run(
        command, input=stage, capture_output=True, text=True, check=False, env=environment
    )
    if result.returncode:
        raise StageError(f"TRL cannot be loaded: {result.stderr.strip().splitlines()[-1]}")
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]
