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


def _divergence(start: Start, model: Any, labels: list[list[int]]) -> torch.Tensor:
    """Of a pass of the model over two rows."""
    start.labels = torch.tensor(labels)
    model(input_ids=torch.tensor([[4, 5, 6], [3, 5, 7]]))
    assert start.divergence is not None
    return start.divergence


@pytest.mark.parametrize("labels", [[[IGNORED, 5, 6], [IGNORED, IGNORED, 7]], [[IGNORED] * 3] * 2])
def test_the_divergence_is_zero_at_the_start(model: Any, labels: list[list[int]]) -> None:
    found = _divergence(Start(model, half=False), model, labels)
    assert found.item() == pytest.approx(0.0, abs=1e-5)
    found.backward()  # also where no token counts


def test_it_grows_as_weights_move_and_only_by_the_tokens_that_count(model: Any) -> None:
    start = Start(model, half=False)
    with torch.no_grad():
        model.lm_head.weight.mul_(3.0)
    none, one, both = IGNORED, [IGNORED, 5, 6], [IGNORED, 5, 7]
    first = _divergence(start, model, [one, [none] * 3]).item()
    second = _divergence(start, model, [[none] * 3, both]).item()
    together = _divergence(start, model, [one, both])
    assert first > 0.001 and second > 0.001
    assert together.item() == pytest.approx(first + second, rel=1e-4)
    together.backward()
    assert model.lm_head.weight.grad is not None


def test_without_labels_nothing_is_compared(model: Any) -> None:
    start = Start(model, half=False)
    model(input_ids=torch.tensor([[4, 5, 6]]))
    assert start.divergence is None


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
