"""Weights come back in the student's types, and a gentle training is not rounded away."""

from pathlib import Path

from tutelage.stages import SFT

from tests.training.conftest import Train
from tests.training.row_files import demonstrations
from tests.training.tiny_students import variant


def types(folder: Path) -> set[str]:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", framework="pt") as opened:
        return {opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118


def test_a_half_student_comes_back_as_halves(train: Train, student: Path, tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoTokenizer

    template = AutoTokenizer.from_pretrained(student).chat_template
    half = variant(student, tmp_path / "half", template=template, dtype="bfloat16")
    stage = SFT(epochs=1.0, learning_rate=1e-3, bf16=False, batch_size=4)
    done = train(stage, demonstrations(4), "half-trained", half)
    assert types(done.folder) == {"BF16"}
    assert str(AutoConfig.from_pretrained(done.folder).dtype) == "torch.bfloat16"
    whole = train(stage, demonstrations(4), "whole-trained")
    assert types(whole.folder) == {"F32"}


def test_steps_smaller_than_a_half_can_say_are_kept_in_the_mean() -> None:
    import torch
    from tutelage.training.saved_dtype import round_at_random

    draw = torch.Generator().manual_seed(1)
    for dtype in (torch.bfloat16, torch.float16):
        start = (torch.randn(200_000, generator=draw) * 0.05).to(dtype).float()
        moved = start + 3e-6
        found = round_at_random(moved, dtype, draw).float() - start
        assert 2.5e-6 < found.mean().item() < 3.5e-6
        assert (moved.to(dtype).float() - start).mean().abs().item() < 1e-6  # what rounding does
