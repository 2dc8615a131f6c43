"""`trainer:` takes what TRL's config takes; anything else is named before anything is spent."""

from typing import Any

import pytest
from tutelage.core.errors import RecipeError
from tutelage.stages import DPO, SFT
from tutelage.training.adapter import Adapter
from tutelage.training.training_stage import TrainingStage


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"neftune_noise_alpa": 5}, r"no such field of TRL's SFTConfig; .*'neftune_noise_alpha'"),
        ({"lr_scheduler_type": "cosin"}, r"TRL's SFTConfig refuses it: ValueError: .*cosin"),
    ],
)
def test_a_field_that_trl_does_not_take_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        SFT(trainer=options).check(None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (DPO(trainer={"loss_type": "sigmod"}), "Unknown loss type: sigmod. Should be one of"),
        (DPO(trainer={"loss_type": "exo_pair"}), "Label smoothing must be greater than 0"),
        (SFT(trainer={"loss_type": "nlll"}), "Invalid `loss_type` nlll"),
        (SFT(trainer={"report_to": "clearml"}), "ClearMLCallback requires 'clearml'"),
        (SFT(trainer={"report_to": ["wandbb"]}), "wandbb is not supported"),
    ],
    ids=str,
)
def test_what_trl_finds_only_when_it_trains_is_found_ahead(stage: TrainingStage, said: str) -> None:
    with pytest.raises(RecipeError, match=f"refuses it: .*{said}"):
        stage.check(None)


@pytest.mark.slow
def test_any_other_field_passes() -> None:
    DPO(trainer={"loss_type": "ipo", "report_to": "none"}, sft_weight=0.2).check(None)
    DPO(trainer={"label_smoothing": 0.1, "lr_scheduler_type": "cosine"}).check(None)


@pytest.mark.parametrize(
    ("name", "said"),
    [("packing", "laid end to end"), ("per_device_train_batch_size", "use `batch_size`")],
)
def test_what_is_decided_elsewhere_says_where(name: str, said: str) -> None:
    with pytest.raises(RecipeError, match=rf"trainer\.{name}: not taken from here; .*{said}"):
        SFT(trainer={name: 1}).check(None)


def test_four_bits_need_their_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"install `tutelage\[qlora\]`"):
        SFT(adapter=Adapter(four_bit=True)).check(None)
