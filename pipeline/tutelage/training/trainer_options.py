"""The `trainer:` fields: TRL's own, checked by TRL's config before anything is spent."""

import functools
import json
import subprocess
from typing import Any

from tutelage.core.config import nearest
from tutelage.core.errors import RecipeError, StageError
from tutelage.core.user_modules import python_command

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

_ASK = """
import dataclasses, json, sys, torch, trl
config, options = getattr(trl, sys.argv[1]), json.loads(sys.argv[2])
known = [field.name for field in dataclasses.fields(config)]
why = None
if set(options) <= set(known):
    place = {"output_dir": "checked", "use_cpu": not torch.cuda.is_available(), "bf16": False}
    try:
        config(**(place | options))
    except Exception as exc:
        why = f"{type(exc).__name__}: {exc}"
print(json.dumps({"known": known, "why": why}))
"""


def check_options(config: str, options: dict[str, Any]) -> None:
    """Raise RecipeError for a field that TRL's `config` lacks, that is ours, or that it refuses.

    TRL is asked in a child, so that this process loads no torch.
    """
    if not options:
        return
    for name in options:
        if name in OURS:
            raise RecipeError(f"trainer.{name}: not taken from here; {OURS[name]}")
    answer = _ask(config, json.dumps(options))
    for name in options:
        if name not in answer["known"]:
            hint = nearest(name, answer["known"])
            raise RecipeError(f"trainer.{name}: no such field of TRL's {config}{hint}")
    if answer["why"]:
        raise RecipeError(f"trainer: TRL's {config} refuses it: {answer['why']}")


@functools.cache
def _ask(config: str, options: str) -> dict[str, Any]:
    """Once for each config and options, which stand as JSON: the child loads torch and TRL."""
    command = python_command("-W", "ignore", "-c", _ASK, config, options)
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise StageError(f"TRL cannot be loaded: {result.stderr.strip().splitlines()[-1]}")
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]
