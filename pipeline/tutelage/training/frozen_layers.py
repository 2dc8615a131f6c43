"""Leaving the lowest layers as they are: a step takes less time, and less is forgotten."""

from typing import Any

import torch


def freeze_lowest(model: Any, share: float) -> int:
    """Freeze the embeddings and a share of a model's layers from below; returns how many layers.

    The output layer is frozen too where it shares the embeddings' weights.
    """
    lists = [module for module in model.modules() if isinstance(module, torch.nn.ModuleList)]
    layers = max(lists, key=len)
    count = round(len(layers) * share)
    model.get_input_embeddings().requires_grad_(False)
    for layer in layers[:count]:
        layer.requires_grad_(False)
    return count
