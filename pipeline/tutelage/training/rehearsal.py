"""One step of a training with the user's `trainer:` fields on a tiny model, before money is spent.

    python -m tutelage.training.rehearsal < rehearsal.json

TRL looks at some fields only when it trains: a loss that it does not know, two that exclude each
other. So the method itself takes a step on a random student of a few weights, in a child process.
Trackers and optimisers are asked for by themselves, for they may reach out or need the device.
The last line printed is JSON: the config's fields (`known`), and what is wrong (`why`).
"""

import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.parent_process import end_with
from tutelage.core.plugins import find_part
from tutelage.core.user_modules import add_user_folder
from tutelage.training.training_stage import ROWS, TrainingStage
from tutelage.training.worker import in_one_line

_OF_THE_PLACE = ("bf16", "dataloader_", "ddp_", "deepspeed", "eval_", "fp16", "fsdp", "hub_")
_OF_THE_RUN = ("greater_is", "load_best", "logging_", "max_steps", "metric_for", "model_init")
_ELSEWHERE = ("optim", "push_to_hub", "report_to", "run_name", "save_", "tf32", "torch_", "use_")
"""Beginnings of fields that a rehearsal leaves out: of a device, a real run, or other programs."""
_KNOBS = {
    "epochs": 1.0,
    "seconds": None,
    "batch_size": 2,
    "micro_batch": None,
    "max_length": 512,
    "adapter": None,
    "validation": 0.0,
    "chat_template": None,
    "bf16": False,
    "learning_rate": 1e-6,
    "save_every_seconds": 1e9,
}
_ASKED = [{"role": "user", "content": "Which berth?"}]


def main() -> None:
    """Read the stage, rehearse it, print what came of it."""
    end_with(os.getppid())
    add_user_folder()
    asked = json.loads(sys.stdin.read())
    print(json.dumps(rehearse(asked["method"], asked["fields"])))


def rehearse(use: str, fields: dict[str, Any]) -> dict[str, Any]:
    """`known`: the fields of TRL's config; `why`: what is wrong with the given ones, or None."""
    import trl

    method: type[TrainingStage] = find_part(use, {}, "method")
    config, options = getattr(trl, method.trl_config), fields["trainer"]
    known = [field.name for field in dataclasses.fields(config)]
    why = None
    if set(options) <= set(known):
        try:
            _check_apart(config, method, options)
            _train(method, use, fields)
        except (MemoryError, OSError):
            pass  # of this machine at this moment, not of the fields
        except Exception as exc:  # whatever TRL makes of them
            why = in_one_line(exc)
    return {"known": known, "why": why}


def _check_apart(config: Any, method: type[TrainingStage], options: dict[str, Any]) -> None:
    """What TRL's config says of the fields, and whether trackers and the optimiser are there."""
    import torch
    from transformers import Trainer
    from transformers.integrations.integration_utils import get_reporting_integration_callbacks

    place = {"output_dir": "checked", "use_cpu": not torch.cuda.is_available(), "bf16": False}
    given = {name: value for name, value in options.items() if name not in method.takes_in}
    args = config(**(place | {"report_to": "none"} | given))
    for tracker in get_reporting_integration_callbacks(args.report_to):
        tracker()
    Trainer.get_optimizer_cls_and_kwargs(args)


def _train(method: type[TrainingStage], use: str, fields: dict[str, Any]) -> None:
    from tutelage.testing.tiny_student import write_tiny_student
    from tutelage.training.prepare import train

    rows = [_row(n) for n in range(2)]
    try:
        taken = [method(**_fields(method, fields)).columns(row) for row in rows]
    except (KeyError, RowsError):
        return  # a method of other columns than ours
    left_out = (*_OF_THE_PLACE, *_OF_THE_RUN, *_ELSEWHERE)
    options = {k: v for k, v in fields["trainer"].items() if not k.startswith(left_out)}
    with tempfile.TemporaryDirectory(prefix="tutelage-rehearsal-") as place:
        folder, student = Path(place, "trained"), Path(place, "student")
        folder.mkdir()
        write_tiny_student(student, ["Which berth? Berth 7, berth 8, crane 7."])
        (folder / ROWS).write_text("".join(json.dumps(row) + "\n" for row in taken))
        run = {"trainer": options | {"max_steps": 1}, "seed": 1, "report_to": []}
        job = fields | _KNOBS | method.rehearsal | run
        train(job | {"student": str(student), "rows": ROWS, "method": use}, folder)


def _fields(method: type[TrainingStage], fields: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in fields.items() if k in method.model_fields and k not in _KNOBS}


def _row(number: int) -> dict[str, Any]:
    """A row with the columns of every built-in method."""
    said = {"chosen": f"Berth {number}", "rejected": f"Crane {number}"}
    turns = {name: [{"role": "assistant", "content": text}] for name, text in said.items()}
    row = {"id": str(number), "leaf": "*", "prompt": _ASKED, "completion": turns["chosen"]}
    return row | {"margin": 1.0} | turns | {"messages": [*_ASKED, *turns["chosen"]]}


if __name__ == "__main__":
    main()
