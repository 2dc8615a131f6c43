"""DPO with a tiny student: which reference it is held to, what it logs, when it warns."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import InputError, RecipeError, RowsError
from tutelage.stages import DPO, SFT
from tutelage.training.adapter import Adapter

from tests.training.conftest import Train, Trained
from tests.training.row_files import demonstrations, pairs

FAST: dict[str, Any] = {"epochs": 2.0, "learning_rate": 1e-3, "bf16": False, "batch_size": 4}
ADAPTER = Adapter(rank=4, alpha=8)


def dpo(**knobs: Any) -> DPO:
    return DPO(**(FAST | knobs))


def adapted(train: Train, **knobs: Any) -> Trained:
    """A student that is a LoRA adapter already, far from its base."""
    stage = SFT(**(FAST | {"learning_rate": 2e-2, "adapter": ADAPTER} | knobs))
    return train(stage, demonstrations(18), "sft")


def answer_log_probability(folder: Path, row: Row, name: str, base: Path | None = None) -> float:
    """What a saved student gives an answer, in nats, computed by hand."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(base or folder)
    if base:
        model = PeftModel.from_pretrained(model, folder)

    def ids(turns: list[dict[str, str]], prompt: bool) -> list[int]:
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=prompt)
        found: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return found

    start = len(ids(row["prompt"], prompt=True))
    whole = torch.tensor([ids(row["prompt"] + row[name], prompt=False)])
    with torch.no_grad():
        scores = model.eval()(whole).logits[0, :-1].log_softmax(-1)
    taken = scores.gather(1, whole[0, 1:, None])[start - 1 :]
    return float(taken.sum())


@pytest.fixture
def references(monkeypatch: pytest.MonkeyPatch) -> dict[str, Row]:
    """The rows of every DPO trainer made, with the reference's log-probabilities, by id."""
    from trl import DPOTrainer

    seen: dict[str, Row] = {}
    precompute = DPOTrainer._precompute_ref_logps

    def kept(self: Any, *given: Any) -> Any:
        rows = precompute(self, *given)
        seen.update({row["id"]: row for row in rows})
        return rows

    monkeypatch.setattr(DPOTrainer, "_precompute_ref_logps", kept)
    return seen


def check_reference(seen: dict[str, Row], rows: list[Row], folder: Path, base: Path | None) -> None:
    for row in rows[:4]:
        for name in ("chosen", "rejected"):
            expected = answer_log_probability(folder, row, name, base)
            assert seen[row["id"]][f"ref_{name}_logps"] == pytest.approx(expected, rel=1e-4)


def test_the_reference_is_the_student_as_it_comes(
    train: Train, student: Path, references: dict[str, Row]
) -> None:
    rows = pairs(10)
    for knobs in ({}, {"adapter": ADAPTER}):
        train(dpo(**knobs), rows, str(len(knobs)))
        check_reference(references, rows, student, None)


def test_after_an_adapter_the_reference_is_the_adapted_student(
    train: Train, student: Path, references: dict[str, Row]
) -> None:
    first, rows = adapted(train), pairs(10)
    done = train(dpo(), rows, "dpo", start=first.folder)
    check_reference(references, rows, first.folder, student)
    bare = answer_log_probability(student, rows[0], "chosen")
    assert abs(references["pair0"]["ref_chosen_logps"] - bare) > 0.1  # not the bare base
    # The margins start at nothing: the student is its own reference.
    assert done.curve("rewards/margins")[0] == pytest.approx(0, abs=1e-3)


def test_an_adapter_goes_on_and_stays_one_adapter(train: Train, student: Path) -> None:
    from peft import PeftConfig

    first = adapted(train)
    done = train(dpo(learning_rate=1e-2), pairs(10), "dpo", start=first.folder)
    assert PeftConfig.from_pretrained(done.folder).base_model_name_or_path == str(student)
    assert done.weights() != first.weights()
    assert not (done.folder / "ref").exists()
    before, after = (
        answer_log_probability(place, pairs(1)[0], "rejected", student)
        for place in (first.folder, done.folder)
    )
    assert after < before


def test_another_rank_for_an_adapter_is_named(train: Train) -> None:
    first = adapted(train)
    with pytest.raises(InputError, match="an adapter of rank 4 already"):
        train(dpo(adapter={"rank": 8}), pairs(4), "dpo", start=first.folder)


@pytest.mark.parametrize("knobs", [{}, {"sft_weight": 0.5}, {"reward_scale": 0.7}])
def test_micro_batches_do_not_change_the_curve(train: Train, knobs: dict[str, Any]) -> None:
    rows = [row | {"margin": n / 4} for n, row in enumerate(pairs(18))]
    whole = train(dpo(**knobs), rows, "whole")
    cut = train(dpo(**knobs, micro_batch=3), rows, "cut")
    assert cut.curve() == pytest.approx(whole.curve(), rel=1e-4)
    assert cut.curve("grad_norm") == pytest.approx(whole.curve("grad_norm"), rel=1e-3)


def test_margins_rise_and_both_answers_are_logged(train: Train) -> None:
    done = train(dpo(epochs=6.0), pairs(18))
    margins = done.curve("rewards/margins")
    assert margins[-1] > margins[0]
    for name in ("logps/chosen", "logps/rejected", "rewards/accuracies"):
        assert len(done.curve(name)) == len(margins) == 30


def test_a_falling_chosen_answer_is_told(train: Train) -> None:
    rows = pairs(16)
    for row in rows:  # answers so alike that both must fall
        row["rejected"] = [{"role": "assistant", "content": row["chosen"][0]["content"] + " 1"}]
    fallen = train(dpo(epochs=8.0, learning_rate=1e-2), rows, "fallen")
    (told,) = [line["warning"] for line in fallen.log if "warning" in line]
    assert "the chosen answers' log-probability has fallen by" in told
    held = train(dpo(epochs=8.0, learning_rate=1e-2, sft_weight=1.0), rows, "held")
    assert not [line for line in held.log if "warning" in line]


def rewarded(margin: float, count: int = 18) -> list[Row]:
    return [row | {"margin": margin} for row in pairs(count)]


def test_equal_rewards_leave_nothing_to_learn(train: Train) -> None:
    done = train(dpo(reward_scale=1.0, epochs=1.0), rewarded(0.0))
    assert done.curve("grad_norm")[0] == pytest.approx(0, abs=1e-6)
    assert train(dpo(epochs=1.0), pairs(18), "dpo").curve("grad_norm")[0] > 0.1


def test_a_pair_whose_rejected_answer_is_better_is_named() -> None:
    with pytest.raises(RowsError, match="`margin` is -3, so `rejected` is the better answer"):
        dpo(reward_scale=1.0).columns(rewarded(-3.0, 1)[0])


def test_a_large_difference_of_rewards_is_dpo(train: Train) -> None:
    plain = train(dpo(), pairs(18), "dpo")
    aware = train(dpo(reward_scale=1.0, validation=0.25), rewarded(60.0, 24), "held")
    assert train(dpo(reward_scale=1.0), rewarded(60.0)).curve() == pytest.approx(plain.curve())
    assert all(loss > 0 for loss in aware.curve("eval_loss"))


def test_the_student_comes_to_prefer_as_much_as_rewards_say(train: Train) -> None:
    knobs = {"beta": 0.5, "epochs": 60.0, "learning_rate": 3e-3, "batch_size": 6}
    asked = train(dpo(**knobs, reward_scale=0.5), rewarded(2.0, 6), "asked")
    assert asked.curve("rewards/margins")[-1] == pytest.approx(0.5 * 2.0, abs=0.1)
    ever_more = train(dpo(**knobs), rewarded(2.0, 6), "dpo")
    assert ever_more.curve("rewards/margins")[-1] > 2


def test_a_pair_that_a_check_decided_is_learnt_as_by_dpo(train: Train) -> None:
    checked = [row | {"verdicts": [{"by": "pairs", "keep": True}]} for row in pairs(12)]
    aware = train(dpo(reward_scale=1.0), checked, "aware")
    assert aware.curve() == pytest.approx(train(dpo(), checked, "plain").curve())


def test_reward_aware_dpo_needs_margins_and_its_own_loss(train: Train) -> None:
    with pytest.raises(RowsError, match="pair0: lacks a number under `margin`, which `reward_scal"):
        train(dpo(reward_scale=1.0), pairs(8))
    with pytest.raises(RecipeError, match=r"trainer\.loss_type: makes another loss"):
        dpo(reward_scale=1.0, trainer={"loss_type": "ipo"}).check(None)
    dpo(reward_scale=1.0, trainer={"loss_type": "sigmoid"}).check(None)
