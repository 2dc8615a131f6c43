"""Holding to the start: replayed rows keep the student's own distribution, others are learnt."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tutelage.core.artifacts import Row
from tutelage.stages import SFT
from tutelage.training.encoder import IGNORED
from tutelage.training.hold_to_start import Start

from tests.training.conftest import Train
from tests.training.row_files import demonstrations

TEXTS = ("berth crane berth crane", "crane crane berth 3")


def _distribution(folder: Path) -> torch.Tensor:
    """What a checkpoint says at each token of the replayed texts."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model, tokenizer = (
        kind.from_pretrained(folder) for kind in (AutoModelForCausalLM, AutoTokenizer)
    )
    with torch.no_grad():
        said = [model(**tokenizer(text, return_tensors="pt")).logits[0] for text in TEXTS]
    return torch.cat(said).log_softmax(-1)


def _apart(before: torch.Tensor, after: torch.Tensor) -> float:
    divergence = torch.nn.functional.kl_div(after, before, log_target=True, reduction="sum")
    return float(divergence) / len(before)


@pytest.fixture
def model() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    sizes: dict[str, Any] = {"vocab_size": 32, "hidden_size": 8, "intermediate_size": 16}
    return LlamaForCausalLM(LlamaConfig(**sizes, num_hidden_layers=2, num_attention_heads=2))


def test_the_divergence_is_zero_at_the_start_and_grows_as_weights_move(model: Any) -> None:
    start = Start(model, half=False)
    labels = torch.tensor([[IGNORED, 5, 6], [IGNORED, IGNORED, 7]])
    inputs = {"input_ids": torch.tensor([[4, 5, 6], [3, 5, 7]]), "labels": labels}
    assert start.divergence(model, inputs).item() == pytest.approx(0.0, abs=1e-5)
    with torch.no_grad():
        model.lm_head.weight.mul_(3.0)
    moved = start.divergence(model, inputs)
    assert moved.item() > 0.01
    moved.backward()
    assert model.lm_head.weight.grad is not None


def test_without_a_label_it_is_zero_and_still_has_a_gradient(model: Any) -> None:
    labels = torch.full((1, 3), IGNORED)
    nothing = Start(model, half=False).divergence(
        model, {"input_ids": torch.tensor([[4, 5, 6]]), "labels": labels}
    )
    nothing.backward()
    assert nothing.item() == 0.0


def test_replayed_rows_are_kept_and_the_others_learnt(train: Train, student: Path) -> None:
    own: list[Row] = [
        {"id": f"own{n}", "leaf": "self_replay", "text": text, "replayed": True}
        for n, text in enumerate(TEXTS)
    ]
    rows = [*demonstrations(8), *own]
    knobs: dict[str, Any] = {"epochs": 6.0, "learning_rate": 1e-2, "bf16": False, "batch_size": 4}
    held = train(SFT(**knobs, replay_divergence=1.0), rows, "held")
    free = train(SFT(**knobs), rows, "free")
    before = _distribution(student)
    apart = [_apart(before, _distribution(one.folder)) for one in (held, free)]
    assert apart[0] < apart[1] / 2
    curve = held.curve()
    assert curve[-1] < curve[0]
