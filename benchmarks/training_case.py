"""One training in a process of its own, measured; `benchmarks/training.py` starts it.

    python -m benchmarks.training_case CASE STUDENT ROWS.jsonl METHOD [--steps N] [--json KNOBS]

CASE is `plain` (the script of TRL's documentation), `plain matched` (the same told to use our
precision, and not to recompute activations), `tutelage`, or `tutelage` with one of its
parts taken out. The last line printed is JSON: tokens, seconds, cpu_seconds, setup_seconds,
peak_gb.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import TrainerCallback, trainer
from tutelage.models.device import fast_bf16
from tutelage.training.training_stage import TrainingStage


class Meter(TrainerCallback):  # type: ignore[misc]
    """Takes the time between the beginning of training and its last step."""

    def __init__(self) -> None:
        self.began = self.cpu_began = self.ended = self.cpu_ended = 0.0
        self.tokens = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Training begins; what came before is set-up."""
        _synchronise()
        self.began, self.cpu_began = time.perf_counter(), time.process_time()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """A step has ended."""
        if "loss" in (logs or {}):
            _synchronise()
            self.ended, self.cpu_ended = time.perf_counter(), time.process_time()
            self.tokens = logs["num_tokens"]


def main() -> None:
    """Run a case and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("student", type=Path)
    parser.add_argument("rows", type=Path)
    parser.add_argument("method", choices=("sft", "dpo", "grpo"))
    parser.add_argument("--steps", type=int, default=-1)
    parser.add_argument("--json", default="{}", help="knobs of the stage")
    parser.add_argument("--trainer", default="{}", help="further fields of TRL's config")
    options = parser.parse_args()
    meter, started = Meter(), time.perf_counter()
    trainer.DEFAULT_CALLBACKS.append(meter)
    transformers.set_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        if options.case.startswith("plain"):
            plain(options, folder)
        else:
            ours(options, Path(folder))
    result = {
        "tokens": meter.tokens,
        "seconds": meter.ended - meter.began,
        "cpu_seconds": meter.cpu_ended - meter.cpu_began,
        "setup_seconds": meter.began - started,
        "peak_gb": _peak_gb(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
    }
    print(json.dumps(result))


def plain(options: argparse.Namespace, folder: str) -> None:
    """What TRL's documentation shows: a model, a dataset, the trainer, its defaults."""
    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    rows = load_dataset("json", data_files=str(options.rows), split="train", cache_dir=folder)
    given = json.loads(options.json)
    more: dict[str, Any] = {"use_cpu": not torch.cuda.is_available()}
    if options.case == "plain matched":
        more |= {"activation_checkpointing": False, "bf16": fast_bf16()}
    shared = {
        "output_dir": folder,
        "num_train_epochs": 1,
        "max_steps": options.steps,
        "per_device_train_batch_size": given.get("batch_size", 8),
        "max_length": given.get("max_length", 1024),
        "logging_steps": 1,
        "report_to": "none",
        "save_strategy": "no",
    }
    peft = None
    if given.get("adapter") is not None:
        from peft import LoraConfig

        peft = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    if options.method == "sft":
        rows = rows.select_columns(["prompt", "completion"])
        config = SFTConfig(**shared, **more)
        made = SFTTrainer(str(options.student), config, train_dataset=rows, peft_config=peft)
    else:
        rows = rows.select_columns(["prompt", "chosen", "rejected"])
        config = DPOConfig(**shared, **more)
        made = DPOTrainer(str(options.student), args=config, train_dataset=rows, peft_config=peft)
    made.train()


def ours(options: argparse.Namespace, folder: Path) -> None:
    """The job that the `sft` and `dpo` stages hand to their child process."""
    from tutelage.core.plugins import find_part
    from tutelage.stages import DPO, GRPO, SFT
    from tutelage.training.worker import JOBS

    knobs = {"epochs": 1.0} | json.loads(options.json)
    extra: dict[str, Any] = json.loads(options.trainer) | {"max_steps": options.steps}
    case = options.case.removeprefix("tutelage").strip(" ,")
    if case == "reference each step":
        extra["precompute_ref_log_probs"] = False
    if case == "other precision":
        knobs["bf16"] = not fast_bf16()
    if case == "activations recomputed":
        extra["activation_checkpointing"] = True
    _without(case)
    kinds: dict[str, type[TrainingStage]] = {"sft": SFT, "dpo": DPO, "grpo": GRPO}
    kind = kinds[options.method]
    if case == "TRL's own loop":
        kind = on_trls_loop(kind)
    job = kind(**knobs, trainer=extra).model_dump(mode="json")
    (folder / "rows.jsonl").write_bytes(options.rows.read_bytes())
    place = {"student": str(options.student), "rows": "rows.jsonl", "seed": 1}
    place |= {"job": "train", "method": f"{__name__}:{kind.__name__}"}
    globals()[kind.__name__] = kind  # found by name, as a user's own method is
    find_part("train", JOBS, "benchmark")(job | place, folder)


def on_trls_loop(kind: type[TrainingStage]) -> type[TrainingStage]:
    """The same method with TRL's batches and accumulation in place of our steps."""

    class OnTrlsLoop(kind):  # type: ignore[misc, valid-type]
        @classmethod
        def trainer_class(cls) -> type[Any]:
            own = kind.trainer_class()
            plain = own.__mro__[2]  # after ours and `TakesSteps`: TRL's
            kept = {"_prepare_dataset": own._prepare_dataset}  # rows are tokenised already
            return type("Plain", (plain,), kept)

    return OnTrlsLoop


def _without(part: str) -> None:
    """Take one part out."""
    from tutelage.training import prepare
    from tutelage.training.batches import Steps

    if part == "rows in random order":

        def drawn(self: Any) -> list[list[int]]:
            order = torch.randperm(len(self._lengths)).tolist()
            return [order[at : at + self._rows] for at in range(0, len(order), self._rows)]

        Steps._drawn = drawn  # type: ignore[method-assign]
    if part == "every position scored":
        prepare.score_answers_only = lambda: None  # type: ignore[attr-defined]


def _synchronise() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _peak_gb() -> float:
    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
