"""Averaging a trained model's weights with those it started from: it forgets less and keeps most of
what it learnt.

Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (WiSE-FT, arXiv:2109.01903).
"""

from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tutelage.core.errors import InputError


def average_with_start(folder: Path, start: Path, share: float) -> None:
    """Make each weight in `folder` (1 - share) of itself and `share` of that in `start`.

    Both are model folders of safetensors. Raises InputError where `start` lacks a weight.
    """
    places = {name: file for file in start.glob("*.safetensors") for name in _names(file)}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as opened:
            facts: dict[str, str] | None = opened.metadata()
        weights = load_file(file)
        for name, weight in weights.items():
            if name not in places:
                raise InputError(f"start_share: {start} has no weight '{name}' to average with")
            before = _read(places[name], name).to(weight)
            weights[name] = weight.lerp(before, share)
        save_file(weights, file, metadata=facts)


def _names(file: Path) -> list[str]:
    with safe_open(file, framework="pt") as opened:
        return list(opened.keys())


def _read(file: Path, name: str) -> Any:
    with safe_open(file, framework="pt") as opened:
        return opened.get_tensor(name)
