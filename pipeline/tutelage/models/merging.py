"""Merging an adapter into its base, and checking that the answers stay the same.

Embeddings that a base ties to its output layer are one matrix. An adapter on one side of it would,
merged, change the other side too: such a base is untied first.
"""

from pathlib import Path
from typing import Any

from tutelage.core.errors import StageError
from tutelage.models.generation import generation_settings
from tutelage.models.model_shape import adapter_base

_PROBE_TOKENS = 64
_TOLERANCE = 1e-3
"""Of the largest logit: float32 gives four more digits, a wrong merge none."""


def load_merged(folder: Path) -> Any:
    """The model that an adapter folder and its base are, computed in float32, without peft.

    Raises StageError where no merge gives the logits of the adapter over its base.
    """
    merged, out = _merge(folder, untied=False)
    if out > _TOLERANCE:
        merged, out = _merge(folder, untied=True)
    if out > _TOLERANCE:
        raise StageError(
            f"{folder}: this adapter cannot be merged: its logits would change by {out:.0%} of the "
            "largest one. Use it as an adapter, over its base"
        )
    merged.generation_config = generation_settings(folder)
    return merged


def _merge(folder: Path, *, untied: bool) -> tuple[Any, float]:
    """The merged model, and how far its logits are out, as a share of the largest."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(adapter_base(folder), dtype=torch.float32)
    reference = None
    if untied:  # the untied base is not the model that the adapter was trained on: ask that one
        reference = _logits(PeftModel.from_pretrained(base, folder))
        base = AutoModelForCausalLM.from_pretrained(adapter_base(folder), dtype=torch.float32)
        _untie(base)
    adapted = PeftModel.from_pretrained(base, folder)
    before = _logits(adapted) if reference is None else reference
    merged = adapted.merge_and_unload(safe_merge=True)
    after = _logits(merged)
    return merged, float((before - after).abs().max() / before.abs().max())


def _logits(model: Any) -> Any:
    import torch

    size = model.config.get_text_config().vocab_size
    draw = torch.Generator().manual_seed(0)
    tokens = torch.randint(size, (1, _PROBE_TOKENS), generator=draw)
    with torch.inference_mode():
        return model.eval()(tokens).logits.float()


def _untie(model: Any) -> None:
    """Give the output layer a matrix of its own."""
    import torch

    model.config.tie_word_embeddings = False
    model.config.get_text_config().tie_word_embeddings = False
    head = model.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
