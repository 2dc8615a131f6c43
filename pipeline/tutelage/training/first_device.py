"""What the first device of a training says, on all of them."""

import torch
from accelerate import PartialState
from accelerate.utils import broadcast
from transformers import TrainingArguments


def first_device_value(value: float, args: TrainingArguments) -> float:
    """The first device's value, on all of them: clocks differ, and all must do the same."""
    if PartialState().num_processes == 1:
        return value
    return float(broadcast(torch.tensor(value, device=args.device)).item())
