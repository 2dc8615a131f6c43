"""QLoRA needs a GPU: the base in four bits, an adapter that learns."""

from typing import Any

import pytest
from tutelage.stages import SFT
from tutelage.training.adapter import Adapter

from tests.training.conftest import Train
from tests.training.row_files import demonstrations

KNOBS: dict[str, Any] = {"epochs": 4.0, "learning_rate": 1e-2, "batch_size": 4}


@pytest.mark.gpu
def test_an_adapter_over_four_bits_learns(train: Train) -> None:
    pytest.importorskip("bitsandbytes")
    import torch

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    stage = SFT(**KNOBS, adapter=Adapter(rank=8, four_bit=True))
    done = train(stage, demonstrations(18))
    curve = done.curve()
    assert curve[-1] < 0.8 * curve[0]
    assert (done.folder / "adapter_model.safetensors").exists()
