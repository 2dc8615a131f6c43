"""SFT with a tiny student: micro-batches and memory, a bad row, validation, what is told."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.digests import derive_seed
from tutelage.core.errors import InputError, StageError
from tutelage.stages import SFT
from tutelage.training.encoder import Encoder
from tutelage.training.retry_with_settings import RetryWithSettings
from tutelage.training.training_rows import choose

from tests.training.conftest import Train
from tests.training.row_files import demonstrations

FAST = {"epochs": 2.0, "learning_rate": 1e-2, "bf16": False, "batch_size": 4}


def sft(**knobs: Any) -> SFT:
    return SFT(**(FAST | knobs))


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the loss of more than so many rows run out of memory."""
    import torch
    from trl import SFTTrainer

    compute = SFTTrainer.compute_loss

    def limit(rows: int) -> None:
        def guarded(self: Any, model: Any, inputs: Any, *more: Any, **options: Any) -> Any:
            if len(inputs["input_ids"]) > rows:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
            return compute(self, model, inputs, *more, **options)

        monkeypatch.setattr(SFTTrainer, "compute_loss", guarded)

    return limit


def test_the_loss_falls_and_the_checkpoint_opens_anywhere(train: Train) -> None:
    from transformers import AutoModelForCausalLM

    done = train(sft(epochs=4.0), demonstrations(18))
    curve = done.curve()
    assert len(curve) == 20
    assert curve[-1] < 0.7 * curve[0]
    assert AutoModelForCausalLM.from_pretrained(done.folder).num_parameters() > 0
    left = {file.name for file in done.folder.iterdir()}
    assert not left & {"checkpoints", "rows.jsonl", "training_args.bin"}


def test_short_rows_take_plain_attention_on_a_cpu_and_learn_the_same(train: Train) -> None:
    rows = demonstrations(8)
    fused = sft(trainer={"model_init_kwargs": {"attn_implementation": "sdpa"}})
    plain, named = train(sft(), rows, "plain"), train(fused, rows, "fused")
    assert _attention(plain.log) == "eager"
    assert _attention(named.log) == "sdpa"
    assert plain.curve() == pytest.approx(named.curve(), rel=1e-4)

    long = [rows[0] | {"prompt": [{"role": "user", "content": "word " * 200}]}, *rows[1:]]
    assert _attention(train(sft(), long, "long").log) == "sdpa"


def _attention(log: list[dict[str, Any]]) -> str:
    (setup,) = [line["setup"] for line in log if "setup" in line]
    return str(setup["attention"])


def test_micro_batches_do_not_change_the_curve(train: Train) -> None:
    whole = train(sft(), demonstrations(18), "whole")
    cut = train(sft(micro_batch=3), demonstrations(18), "cut")
    assert cut.curve() == pytest.approx(whole.curve(), rel=1e-4)
    assert cut.curve("grad_norm") == pytest.approx(whole.curve("grad_norm"), rel=1e-3)


def test_the_micro_batch_halves_until_it_fits(
    train: Train, small_memory: Callable[[int], None]
) -> None:
    whole = train(sft(), demonstrations(18), "whole")
    small_memory(1)
    halved = train(sft(), demonstrations(18), "halved")
    assert halved.curve() == pytest.approx(whole.curve(), rel=1e-4)
    told = [line["warning"] for line in halved.log if "warning" in line]
    assert [text.partition(":")[2][:27] for text in told] == [
        " the micro-batch is now 2 r",
        " the micro-batch is now 1 r",
    ]


def test_without_any_room_it_says_what_to_try(
    train: Train, small_memory: Callable[[int], None]
) -> None:
    small_memory(0)
    with pytest.raises(StageError, match=r"does not fit into memory, .* try `adapter: \{\}`"):
        train(sft(micro_batch=1), demonstrations(8))


def test_no_room_beside_the_steps_asks_for_another_try(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr("transformers.Trainer.create_optimizer", full)
    with pytest.raises(RetryWithSettings) as stopped:
        train(sft(), demonstrations(8))
    assert stopped.value.settings == {"micro_batch": 2}


def test_a_poisoned_row_is_named_with_its_step(train: Train, student: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(student)
    model = AutoModelForCausalLM.from_pretrained(student)
    (poison,) = tokenizer("%", add_special_tokens=False)["input_ids"]
    model.config.tie_word_embeddings = False  # else every row would ask for the poisoned token
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    with torch.no_grad():
        model.get_input_embeddings().weight[poison] = math.nan
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "poisoned")
    rows = demonstrations(18)
    rows[7]["prompt"][0]["content"] = "What % is it?"
    stage = sft(micro_batch=1, save_every_seconds=1e-9)
    with pytest.raises(StageError) as stopped:
        train(stage, rows, start=tmp_path / "poisoned")
    text = str(stopped.value)
    assert "the loss is nan at step" in text
    assert "; rows row7;" in text
    step = int(text.partition("at step ")[2].partition(";")[0])
    assert (f"checkpoint-{step - 1}" in text) if step > 1 else ("no checkpoint" in text)


def test_an_absurd_learning_rate_stops(train: Train) -> None:
    with pytest.raises(StageError, match="learning_rate than 300"):
        train(sft(learning_rate=300.0, epochs=20.0), demonstrations(18))


def test_the_best_checkpoint_by_validation_is_kept(train: Train) -> None:
    rows = demonstrations(40)
    # A rate so high, to the end, that the loss jumps about: the last checkpoint is not the best.
    jumpy = {"learning_rate": 0.2, "trainer": {"lr_scheduler_type": "constant"}}
    done = train(sft(validation=0.2, epochs=10.0, patience=2, **jumpy), rows)
    (best,) = [line for line in done.log if "best_step" in line]
    curve = {line["step"]: line["eval_loss"] for line in done.log if "eval_loss" in line}
    assert best["best_eval_loss"] == min(list(curve.values())[1:])
    assert curve[best["best_step"]] == best["best_eval_loss"]
    evaluated = list(curve)
    assert evaluated.index(best["best_step"]) == len(evaluated) - 1 - 2  # then it had patience
    assert max(curve) < 10 * 8
    assert validation_loss(done.folder, rows) == pytest.approx(best["best_eval_loss"], rel=0.03)


def validation_loss(folder: Path, rows: list[Row]) -> float:
    """The loss of a saved model on the rows that were held back from it."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    encoder = Encoder(AutoTokenizer.from_pretrained(folder))
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    job = {"max_length": 1024, "validation": 0.2, "seed": derive_seed(1, "stage", "trainer")}
    total = items = 0.0
    for row in encoder.encode(choose(rows, job, encoder.lengths).validation):
        ids, labels = torch.tensor([row["input_ids"]]), torch.tensor([row["labels"]])
        with torch.no_grad():
            total += row["items"] * model(ids, labels=labels).loss.item()
        items += row["items"]
    return total / items


def test_a_student_without_a_chat_template_gets_a_choice(
    train: Train, student: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(student)
    tokenizer.chat_template = None
    for part in (AutoModelForCausalLM.from_pretrained(student), tokenizer):
        part.save_pretrained(tmp_path / "bare")
    with pytest.raises(InputError, match="no chat template; set `chat_template: chatml`"):
        train(sft(), demonstrations(4), start=tmp_path / "bare")
    done = train(sft(chat_template="chatml"), demonstrations(4), start=tmp_path / "bare")
    assert "<|im_start|>" in AutoTokenizer.from_pretrained(done.folder).chat_template
