"""Handing on what a training began with, where no step of it was better on held-out rows.

transformers chooses the best of the steps, and never sets them beside the look before the first.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tutelage.training.adapter import adapter_of
from tutelage.training.average_weights import average_with_start
from tutelage.training.training_log import LOG, lines_from, write_line

_ADAPTER_WEIGHTS = "adapter_model.safetensors"
_SECOND_MATRIX = ("lora_B", "lora_embedding_B")
"""Of LoRA's two matrices the one that begins as zero."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the held-out rows: after which step, and what they came to."""

    step: int
    value: float


def best_look(trainer: Any, folder: Path, *, keeps_start: bool) -> Look | None:
    """The best look, that before the first step too where the start may be kept."""
    state, args = trainer.state, trainer.args
    if state.best_metric is None:
        return None
    best, name = Look(state.best_global_step, state.best_metric), args.metric_for_best_model
    begun = [line for line in lines_from(folder / LOG, 0)[0] if line.get("step") == 0]
    first = next((line[name] for line in begun if line.get(name) is not None), None)
    if not keeps_start or first is None:
        return best
    beaten = best.value > first if args.greater_is_better else best.value < first
    return best if beaten else Look(0, first)


def best_kept(
    trainer: Any, folder: Path, start: Path, *, keeps_start: bool, gains_by: str
) -> Look | None:
    """The look whose weights are in `folder`, once the start's are put there if it was the best.

    `gains_by` names the fields whose change may help where it was.
    """
    best = best_look(trainer, folder, keeps_start=keeps_start)
    if best is None or best.step:
        return best
    state, name = trainer.state, trainer.args.metric_for_best_model.removeprefix("eval_")
    text = (
        f"no step was better on held-out prompts than the start ({name} {best.value:.3f}, then "
        f"{state.best_metric:.3f} at best)"
    )
    kept = _put_back(folder, start)
    what = "the start's weights are handed on" if kept else "go on with what this began with"
    text = f"{text}: {what}. To gain something change {gains_by}"
    write_line(folder, {"step": state.global_step, "warning": text})
    return best if kept else Look(state.best_global_step, state.best_metric)


def _put_back(folder: Path, start: Path) -> bool:
    """Put the start's weights in place of those saved in `folder`.

    False where they cannot be: the start has whole weights in another format than safetensors.
    """
    if adapter_of(folder) is None:
        if not any(start.glob("*.safetensors")):
            return False
        average_with_start(folder, start, 1.0)
    elif adapter_of(start) is not None:
        shutil.copyfile(start / _ADAPTER_WEIGHTS, folder / _ADAPTER_WEIGHTS)
    else:  # a new adapter, as it began: it adds nothing
        weights = load_file(folder / _ADAPTER_WEIGHTS)
        for name, weight in weights.items():
            if any(part in name for part in _SECOND_MATRIX):
                weights[name] = torch.zeros_like(weight)
        save_file(weights, folder / _ADAPTER_WEIGHTS, metadata={"format": "pt"})
    return True
