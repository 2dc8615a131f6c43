"""LoRA adapters: the knobs, and what a checkpoint folder says of one."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field

from tutelage.core.config import Strict
from tutelage.models.model_shape import ADAPTER


class Adapter(Strict):
    """Train a LoRA adapter (arXiv:2106.09685) instead of all weights."""

    rank: int = Field(16, gt=0)
    """Width of the two small matrices that are trained beside each frozen one."""
    alpha: int = Field(32, gt=0)
    """Scale of what the adapter adds: `alpha / rank` times it."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Share of the adapter's inputs that are dropped in training."""
    target_modules: str | list[str] = "all-linear"
    """Layers that get an adapter: names as PEFT takes them, or all linear ones."""
    four_bit: bool = False
    """Hold the frozen weights in 4 bits (QLoRA, arXiv:2305.14314); needs `tutelage[qlora]`."""


def adapter_of(folder: Path) -> dict[str, Any] | None:
    """The config of the adapter in a checkpoint folder; None where it holds whole weights."""
    file = folder / ADAPTER
    if not file.exists():
        return None
    return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
