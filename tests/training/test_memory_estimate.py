"""Memory of training: what it is made of, whether it fits, and what would."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tutelage.core.errors import ModelReferenceError
from tutelage.models.model_shape import Shape, read_shape
from tutelage.training.memory_estimate import MARGIN, Setting, estimate, fits

SHAPE = Shape(
    parameters=134_515_008,
    hidden=576,
    layers=30,
    intermediate=1536,
    heads=9,
    kv_heads=3,
    head_size=64,
    vocabulary=49152,
)
FULL = Setting(micro_batch=8, length=512)


def test_full_training_takes_16_bytes_a_parameter_beside_its_activations() -> None:
    memory = estimate(SHAPE, FULL)
    assert memory.weights + memory.gradients + memory.optimizer == 16 * SHAPE.parameters


def test_an_adapter_has_gradients_and_moments_of_its_own_weights_only() -> None:
    whole, adapter = (estimate(SHAPE, replace(FULL, method=m)) for m in ("full", "lora"))
    trained = 16 * SHAPE.adapted
    assert (adapter.gradients, adapter.optimizer) == (4 * trained, 8 * trained)
    assert trained < 0.05 * SHAPE.parameters
    assert adapter.activations == whole.activations


def test_pairs_pass_twice_the_tokens_and_checkpoints_keep_fewer_activations() -> None:
    plain = estimate(SHAPE, FULL)
    pairs = estimate(SHAPE, replace(FULL, pairs=True))
    assert pairs.activations == 2 * plain.activations
    assert estimate(SHAPE, replace(FULL, checkpointing=True)).activations < plain.activations / 5


def test_a_smaller_micro_batch_is_proposed_first() -> None:
    half = estimate(SHAPE, replace(FULL, micro_batch=4, accumulates=True)).peak
    verdict = fits(SHAPE, FULL, half * MARGIN + 1)
    assert not verdict.fits
    assert verdict.proposal == replace(FULL, micro_batch=4, accumulates=True)
    assert verdict.in_words().endswith("this would fit: micro_batch: 4")


def test_then_checkpointing_then_lora_then_qlora() -> None:
    seen: list[tuple[str, bool]] = []
    for gigabytes in range(30, 0, -1):
        proposal = fits(SHAPE, replace(FULL, length=2048), gigabytes * 0.5e9).proposal
        if proposal and (proposal.method, proposal.checkpointing) not in seen:
            seen.append((proposal.method, proposal.checkpointing))
    order = [("full", False), ("full", True), ("lora", False), ("lora", True), ("qlora", True)]
    assert seen == [way for way in order if way in seen]
    assert {method for method, _ in seen} == {"full", "lora", "qlora"}


def test_what_no_setting_fits_is_said() -> None:
    verdict = fits(SHAPE, FULL, 0.5e9)
    assert verdict.proposal is None
    assert "smaller student" in verdict.in_words()


def test_a_shape_is_read_from_headers_alone(tmp_path: Path) -> None:
    config = {
        "hidden_size": 8,
        "num_hidden_layers": 2,
        "intermediate_size": 16,
        "num_attention_heads": 2,
        "vocab_size": 30,
        "tie_word_embeddings": True,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    reckoned = read_shape(tmp_path)
    layer = 4 * 8 * 8 + 3 * 8 * 16 + 2 * 8
    assert reckoned.parameters == 2 * layer + 30 * 8 + 8
    header = json.dumps({"a": {"shape": [3, 5]}, "__metadata__": {}}).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    assert read_shape(tmp_path).parameters == 15


def test_a_folder_without_a_shape_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"hidden_size": 8}')
    with pytest.raises(ModelReferenceError, match=r"no 'num_attention_heads'"):
        read_shape(tmp_path)
