"""Averaging with the start: each weight lies between, and a missing one is named."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tutelage.core.errors import InputError, RecipeError
from tutelage.stages import SFT
from tutelage.training.average_weights import average_with_start


def saved(folder: Path, **weights: torch.Tensor) -> Path:
    folder.mkdir()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def test_each_weight_is_a_mean_in_its_own_precision(tmp_path: Path) -> None:
    start = saved(tmp_path / "start", a=torch.zeros(3), b=torch.ones(2, dtype=torch.bfloat16))
    made = saved(tmp_path / "made", a=torch.ones(3), b=torch.full((2,), 3.0))
    average_with_start(made, start, 0.25)
    found = load_file(made / "model.safetensors")
    assert torch.allclose(found["a"], torch.full((3,), 0.75))
    assert torch.allclose(found["b"], torch.full((2,), 2.5))


def test_a_weight_that_the_start_lacks_is_named(tmp_path: Path) -> None:
    start = saved(tmp_path / "start", a=torch.zeros(3))
    made = saved(tmp_path / "made", other=torch.ones(3))
    with pytest.raises(InputError, match="'other'"):
        average_with_start(made, start, 0.25)


def test_an_adapter_is_refused_before_anything_is_spent() -> None:
    stage = SFT.model_validate({"start_share": 0.3, "adapter": {"rank": 4}})
    with pytest.raises(RecipeError, match="start_share"):
        stage.check(None)
