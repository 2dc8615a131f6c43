"""Weights saved in the types that the student came in: trained in float32, halves again after.

Rounding to the nearest half would undo a gentle training: a step far smaller than the distance to
the next bfloat16 rounds back to where it began. So weights are rounded up or down at random, each
with the probability that keeps its mean (stochastic rounding; for training in bfloat16: Zamirai et
al. 2020, "Revisiting BFloat16 Training", arXiv:2010.06192).
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import AutoConfig

_HALVES = {"BF16": torch.bfloat16, "F16": torch.float16}


def save_as_student(folder: Path, student: Path, seed: int) -> None:
    """Rewrite the weights in `folder` in the types that `student` has them in.

    A tensor whose numbers a half cannot hold stays as it is.
    """
    types = _types(student)
    stated = AutoConfig.from_pretrained(student).dtype
    own = stated or next((kind for kind in types.values() if kind in _HALVES.values()), None)
    if own not in _HALVES.values() and not types:
        return
    draw = torch.Generator().manual_seed(seed)
    size = 0
    for file in sorted(folder.glob("*.safetensors")):
        tensors = {
            name: _rounded(tensor, types.get(name, own), draw)
            for name, tensor in load_file(file).items()
        }
        size += sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
        half_written = file.with_suffix(".tmp")
        save_file(tensors, half_written, metadata={"format": "pt"})
        half_written.replace(file)
    _update(folder / "config.json", dtype=str(own).removeprefix("torch."))
    index = folder / "model.safetensors.index.json"
    if index.exists():
        metadata = json.loads(index.read_text(encoding="utf-8"))["metadata"]
        _update(index, metadata=metadata | {"total_size": size})


def round_at_random(tensor: Any, dtype: Any, draw: Any) -> Any:
    """A float32 tensor as halves: each number up or down, so that its mean is kept."""
    near = tensor.to(dtype)
    toward = torch.where(tensor > near.float(), torch.inf, -torch.inf).to(dtype)
    other = torch.nextafter(near, toward)
    gap = (other.float() - near.float()).abs()
    share = torch.where(gap > 0, (tensor - near.float()).abs() / gap, torch.zeros_like(gap))
    return torch.where(torch.rand(tensor.shape, generator=draw) < share, other, near)


def _rounded(tensor: Any, dtype: Any, draw: Any) -> Any:
    if tensor.dtype != torch.float32 or dtype not in _HALVES.values():
        return tensor
    found = round_at_random(tensor, dtype, draw)
    return found if bool(torch.isfinite(found).all()) else tensor


def _types(student: Path) -> dict[str, Any]:
    """By name, the types of the student's tensors that are halves or single floats."""
    known = _HALVES | {"F32": torch.float32}
    found = {}
    for file in student.glob("*.safetensors"):
        with safe_open(file, framework="pt") as opened:
            for name in opened.keys():  # noqa: SIM118  (it is no mapping)
                found[name] = known.get(opened.get_slice(name).get_dtype())
    return found if any(kind in _HALVES.values() for kind in found.values()) else {}


def _update(file: Path, **fields: Any) -> None:
    text = json.loads(file.read_text(encoding="utf-8")) | fields
    file.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
