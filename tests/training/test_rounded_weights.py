"""Weights rounded as an export rounds them."""

from pathlib import Path

import torch
from tutelage.models.gguf_weights import load_whole
from tutelage.testing.tiny_student import write_tiny_student
from tutelage.training.rounded_weights import round_weights


def test_matrices_are_rounded_the_more_the_fewer_bits_and_rounding_again_changes_nothing(
    tmp_path: Path,
) -> None:
    write_tiny_student(tmp_path / "whole", ["Seven boats lie at the berth."])
    round_weights(tmp_path / "whole", tmp_path / "eight", "Q8_0")
    round_weights(tmp_path / "whole", tmp_path / "four", "Q4_0")
    round_weights(tmp_path / "four", tmp_path / "again", "Q4_0")
    whole, eight, four, again = (
        load_whole(tmp_path / name).state_dict() for name in ("whole", "eight", "four", "again")
    )
    for name, tensor in whole.items():
        off = [float((other[name] - tensor).abs().max()) for other in (eight, four)]
        assert off == [0, 0] if tensor.ndim == 1 else 0 < off[0] < off[1]
        assert torch.equal(four[name], again[name])
    assert (tmp_path / "four" / "tokenizer.json").exists()
