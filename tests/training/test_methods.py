"""Methods: a user's own needs one file; our steps learn what TRL's own loop learns."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.recipe.load_recipe import load_recipe
from tutelage.report.report_data import _plots
from tutelage.stages import DPO, SFT
from tutelage.training.training_stage import TrainingStage

from tests.training.conftest import Train
from tests.training.row_files import demonstrations, pairs
from tests.training.toy_method import Kto
from tests.trees import harbour, write

FAST: dict[str, Any] = {"epochs": 4.0, "learning_rate": 1e-3, "bf16": False, "batch_size": 4}


class SftByTrl(SFT):
    """SFT on TRL's own loop."""

    @classmethod
    def trainer_class(cls) -> type[Any]:
        from trl import SFTTrainer

        return SFTTrainer  # type: ignore[no-any-return]


class DpoByTrl(DPO):
    """DPO on TRL's own loop."""

    @classmethod
    def trainer_class(cls) -> type[Any]:
        from trl import DPOTrainer

        class Plain(DPOTrainer):  # type: ignore[misc]
            def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
                return dataset

        return Plain


def labelled(count: int) -> list[Row]:
    return [row | {"label": n % 2 == 0} for n, row in enumerate(demonstrations(count))]


def test_a_method_of_ones_own_trains_with_one_file(train: Train) -> None:
    done = train(Kto(**FAST), labelled(8), "toy")
    assert len(done.curve()) == 8
    assert (done.folder / "model.safetensors").exists()
    assert any("after_loss" in line for line in done.log)


def test_a_recipe_names_it_by_its_import_path(tmp_path: Path) -> None:
    harbour(tmp_path / "tree")
    rows = write(tmp_path / "rows.jsonl", '{"prompt": "a", "completion": "b", "label": true}\n')
    own = "tests.training.toy_method:Kto"
    recipe = write(
        tmp_path / "own.yaml",
        f"""
taxonomy: tree
models: {{}}
stages:
  student: {{use: random_student}}
  rows: {{use: read, file: {rows.name}}}
  mine: {{use: "{own}", student: student, rows: rows, beta: 0.2}}
""",
    )
    step = load_recipe(recipe, None, {}).step("mine")
    assert step.stage == Kto(beta=0.2)
    assert _plots(step.stage.use())[-1]["rewards/chosen"] == "reward of good answers"
    of_all = _plots("gone.away:Method")
    assert all(curve in of_all for curve in DPO.curves)
    assert [curve for curve in of_all if "loss" in curve] == [TrainingStage.curves[0]]


@pytest.mark.parametrize("micro", [None, 2])
def test_our_steps_are_trls_own_where_both_take_the_same_rows(
    train: Train, micro: int | None
) -> None:
    # Four rows and four a step: whatever the order, every step takes them all.
    ours = train(SFT(**FAST, micro_batch=micro), demonstrations(4), "ours")
    trls = train(SftByTrl(**FAST, micro_batch=micro), demonstrations(4), "trls")
    assert ours.curve() == pytest.approx(trls.curve(), rel=1e-4)
    assert ours.curve("grad_norm") == pytest.approx(trls.curve("grad_norm"), rel=1e-3)
    pair_rows = pairs(4)
    ours = train(DPO(**FAST, micro_batch=micro), pair_rows, "our-dpo")
    trls = train(DpoByTrl(**FAST, micro_batch=micro), pair_rows, "trls-dpo")
    assert ours.curve() == pytest.approx(trls.curve(), rel=1e-4)
