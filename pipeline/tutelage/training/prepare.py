"""The training job, whatever the method: rows, model and trainer, then training and saving."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from accelerate import PartialState
from peft import PeftModel
from transformers import EarlyStoppingCallback
from transformers.utils import logging

from tutelage.core.plugins import find_part
from tutelage.models.device import fast_bf16
from tutelage.models.generation import positions_of, stops_of
from tutelage.training.adapter import adapter_of
from tutelage.training.average_weights import average_with_start
from tutelage.training.callbacks import (
    KeepWhole,
    SaveInTime,
    SeesHarm,
    WatchLoss,
    WriteLog,
    micro_batch_of,
)
from tutelage.training.checkpoints import WORK, last_whole, remove_broken
from tutelage.training.encoder import Encoder
from tutelage.training.endings import check_saved, ending_of, settle
from tutelage.training.fresh_start import PAIRS
from tutelage.training.frozen_layers import freeze_lowest
from tutelage.training.fused import score_answers_only
from tutelage.training.keep_start import best_kept
from tutelage.training.loss_monitor import LossMonitor
from tutelage.training.out_of_memory import watched
from tutelage.training.saved_dtype import save_as_student
from tutelage.training.step_batches import TakesSteps, not_saved
from tutelage.training.student import keeps_rows_apart, load_student, load_tokenizer
from tutelage.training.time_limit import StopInTime
from tutelage.training.training_log import write_line
from tutelage.training.training_rows import Chosen, choose, read_rows_of
from tutelage.training.training_stage import TrainingStage
from tutelage.training.trl_config import arguments


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a trainer is made of."""

    folder: Path
    model: Any
    tokenizer: Any
    adapter: Any
    """peft's config of a new adapter, or None."""
    rows: Chosen
    encoder: Encoder
    rate: float
    parameters: int
    batch_size: int


def train(job: dict[str, Any], folder: Path) -> None:
    """The job: train the student by a method and save it into `folder`."""
    method: type[TrainingStage] = find_part(job["method"], {}, "the job's method")
    with watched(job):
        score_answers_only()
        prepared = prepare(method, job, folder)
        run(*make_trainer(method, job, prepared), method, job, prepared)


def prepare(method: type[TrainingStage], job: dict[str, Any], folder: Path) -> Prepared:
    """Choose the rows, load the student, settle the learning rate."""
    logging.disable_progress_bar()
    job["bf16"] = fast_bf16() if job["bf16"] is None else job["bf16"]
    student, tokenizer = Path(job["student"]), load_tokenizer(job)
    ending = ending_of(tokenizer, _stops(student, job, tokenizer)) if method.answers else None
    encoder = Encoder(tokenizer, ending.stops if ending else ())
    count = partial(method.lengths, job, encoder)
    rows = choose(read_rows_of(folder, job), job, count, positions_of(student))
    longest = max(row["length"] for row in (*rows.train, *rows.validation))
    model, adapter = load_student(method, job, bf16=job["bf16"], longest=longest)
    if ending:
        settle(ending, tokenizer, model)
    if job.get("frozen"):
        freeze_lowest(model, job["frozen"])
    parameters = int(model.num_parameters())
    adapted = adapter is not None or isinstance(model, PeftModel)
    default = method.rates.peak(parameters, job["batch_size"], adapter=adapted)
    rate = job["learning_rate"] or default
    whole = job["batch_size"]
    return Prepared(folder, model, tokenizer, adapter, rows, encoder, rate, parameters, whole)


def make_trainer(
    method: type[TrainingStage], job: dict[str, Any], prepared: Prepared
) -> tuple[Any, LossMonitor]:
    """The method's trainer, and what watches its loss."""
    kind, rows = method.trainer_class(), prepared.rows
    own = issubclass(kind, TakesSteps)
    fields = method.trl_fields(job, prepared)
    args = arguments(job, prepared.folder, method, prepared.rate, fields, own_steps=own)
    vocabulary = prepared.model.config.get_text_config().vocab_size
    ceiling = method.ceiling(job, args, vocabulary)
    monitor = LossMonitor(prepared.folder / WORK, ceiling, prepared.rate)
    held = rows.validation
    trainer = kind(
        model=prepared.model,
        args=args,
        train_dataset=method.dataset("train", rows.train, prepared),
        eval_dataset=method.dataset("validation", held, prepared) if held else None,
        processing_class=prepared.tokenizer,
        peft_config=prepared.adapter,
        **({"job": job, "folder": prepared.folder, "guard": monitor} if own else {}),
        **method.trainer_options(job, prepared),
    )
    if job["seconds"]:
        trainer.add_callback(StopInTime(prepared.folder, job["seconds"]))
    for callback in method.callbacks(job, prepared, trainer):
        trainer.add_callback(callback)
    if not own:
        trainer.add_callback(WatchLoss(monitor))
    return trainer, monitor


def run(
    trainer: Any,
    monitor: LossMonitor,
    method: type[TrainingStage],
    job: dict[str, Any],
    prepared: Prepared,
) -> None:
    """Train, going on from the last whole checkpoint; save an ordinary model folder."""
    folder = prepared.folder
    work = folder / WORK
    main = trainer.accelerator.is_main_process
    if main:
        remove_broken(work)
        _write_facts(trainer, prepared)
    trainer.accelerator.wait_for_everyone()
    last = last_whole(work)
    trainer.args.eval_on_start = bool(job["validation"]) and last is None
    trainer.add_callback(WriteLog(folder))
    if method.compares_loss:
        trainer.add_callback(SeesHarm(trainer, monitor, folder))
    trainer.add_callback(SaveInTime(job["save_every_seconds"]))
    trainer.add_callback(KeepWhole())
    if job["validation"]:
        trainer.add_callback(EarlyStoppingCallback(job["patience"]))
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    try:
        trainer.save_model(str(folder))
    except Exception as exc:  # OSError, or what torch and safetensors make of a full disk
        raise not_saved(exc, work, trainer.state.global_step) from exc
    if main:
        start = Path(job["student"])
        keeps, gains_by = method.keeps_start, method.gains_by
        best = best_kept(trainer, folder, start, keeps_start=keeps, gains_by=gains_by)
        if share := job.get("start_share"):
            average_with_start(folder, start, share)
        _finish(method, prepared, job)
        if best:
            measure = trainer.args.metric_for_best_model.replace("/", "_")
            write_line(folder, {"best_step": best.step, f"best_{measure}": best.value})
        for place in (work, folder / PAIRS):
            shutil.rmtree(place, ignore_errors=True)
        (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle; job facts are in JSON
        (folder / job["rows"]).unlink()


def _finish(method: type[TrainingStage], prepared: Prepared, job: dict[str, Any]) -> None:
    """Make what the trainer saved a checkpoint like the student, which answers as it was taught."""
    folder = prepared.folder
    if adapter_of(folder) is None:
        save_as_student(folder, Path(job["student"]), job["seed"])
    elif method.answers:
        prepared.model.generation_config.save_pretrained(folder)
    if method.answers:
        check_saved(folder)


def _stops(student: Path, job: dict[str, Any], tokenizer: Any) -> list[int]:
    """The tokens that end the student's answers, with the one that the user's fields name."""
    named = [tokenizer.eos_token_id] if job["trainer"].get("eos_token") else []
    return [*stops_of(student), *named]


def _write_facts(trainer: Any, prepared: Prepared) -> None:
    folder, encoder = prepared.folder, prepared.encoder
    facts = prepared.rows.facts() | {"last_answer_only": encoder.last_only}
    facts |= {"masked_turns": encoder.masked, "tools_unseen": encoder.tools_unseen}
    facts |= {"tools_told": encoder.tools_told}
    write_line(folder, {"rows": facts})
    model = prepared.model
    setup = {
        "parameters": prepared.parameters,
        "learning_rate": prepared.rate,
        "micro_batch": micro_batch_of(trainer),
        "devices": PartialState().num_processes,
        "bf16": trainer.args.bf16,
        "attention": model.config._attn_implementation,
        "batches": "flattened" if keeps_rows_apart(model) else "padded, by length",
        "liger": trainer.args.use_liger_kernel,
    }
    write_line(folder, {"setup": setup})
