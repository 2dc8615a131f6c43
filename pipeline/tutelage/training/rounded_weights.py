"""A checkpoint with its weights rounded as an export rounds them, for any engine to answer with."""

from pathlib import Path
from typing import Any

from tutelage.models.gguf_weights import Kind, load_whole, stored_as
from tutelage.models.reference import tokenizer_of


def round_weights(folder: Path, to: Path, kind: Kind) -> None:
    """Write the model of a folder, or an adapter with its base, as `tutelage export` rounds it.

    Blocks lie within a row, so the order of rows in a GGUF file changes nothing.
    """
    import torch
    from transformers import AutoTokenizer

    model, seen = load_whole(folder), set[int]()
    for tensor in model.state_dict().values():
        if tensor.ndim > 1 and tensor.data_ptr() not in seen:  # tied ones once
            seen.add(tensor.data_ptr())
            tensor.copy_(torch.from_numpy(_rounded(tensor.float().numpy(), kind)))
    model.save_pretrained(to)
    AutoTokenizer.from_pretrained(tokenizer_of(folder)).save_pretrained(to)


def _rounded(data: Any, kind: Kind) -> Any:
    from gguf.quants import dequantize, quantize

    stored = stored_as(data, kind)
    return dequantize(quantize(data, stored), stored)
