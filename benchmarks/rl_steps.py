"""A GRPO step here beside TRL's own script, and rollouts by OpenVINO beside `generate`."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tutelage.training.rewards.reward_term import RewardTerm, Rollout, Scorer, Scoring

from benchmarks.recipe_run import EMBEDDED

_STEPS, _SAMPLES, _PROMPTS = 4, 8, 4
_MOST = 1.1
_FASTER = 2.0


def step_table(*, quick: bool) -> tuple[list[str], list[str]]:
    """Lines of the report, and what misses its target."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        student = write_student(folder / "student", quick=quick)
        timed = {
            case: _timed(case, student, folder / case) for case in ("plain", "trl", "openvino")
        }
        lines = [
            f"Steps of {_PROMPTS} prompts, {_SAMPLES} answers each; the median of the later steps.",
            "",
            "| | seconds a step |",
            "|---|---|",
            f"| TRL's own script, its generation | {timed['plain']:.2f} |",
            f"| `grpo`, the same generation | {timed['trl']:.2f} |",
            f"| `grpo`, rollouts by OpenVINO | {timed['openvino']:.2f} |",
        ]
        found, missed = rollout_table(student, folder / "rates")
        lines += ["", *found]
    if quick:  # a tiny student's times say nothing of a real one's
        return lines, []
    if timed["trl"] > _MOST * timed["plain"]:
        missed.append(f"a step takes {timed['trl'] / timed['plain']:.2f} times TRL's own")
    return lines, missed


def rollout_table(student: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Lines on either way of sampling, and what misses its target."""
    rates = rollout_rates(student, folder)
    ratio = rates["OpenVINO"] / rates["generate"]
    lines = [f"Rollouts by {name}: {rate:.0f} tokens/s." for name, rate in rates.items()]
    slow = f"OpenVINO samples at {ratio:.2f} times the speed of `generate`"
    return [" ".join(lines)], [] if ratio >= _FASTER else [slow]


def write_student(folder: Path, *, quick: bool) -> Path:
    """The embedded model as a checkpoint; a tiny random one where it must be quick."""
    from tutelage.contract.context import local_context
    from tutelage.contract.plain_inputs import make_model
    from tutelage.testing.tiny_student import write_tiny_student
    from tutelage.training.import_weights import ImportWeights

    if quick:
        write_tiny_student(folder, ["How many boats lie at the berth? Seven boats."])
        return folder
    context = local_context(folder)
    ImportWeights().run(context, make_model(EMBEDDED))
    context.journal.close()
    return folder


def rollout_rates(student: Path, folder: Path) -> dict[str, float]:
    """Tokens a second of either way of sampling, writing the weights included."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from tutelage.training.openvino_rollouts import OpenVINORollouts
    from tutelage.training.prompts_with_tools import ToolPrompts

    tokenizer = AutoTokenizer.from_pretrained(student, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(student, dtype=torch.float32).eval()
    job = {"max_tokens": 40, "temperature": 1.0, "seed": 1}
    folder.mkdir()
    prepared: Any = SimpleNamespace(tokenizer=tokenizer, model=model, folder=folder)
    sampler = OpenVINORollouts(job, prepared)
    own = SimpleNamespace(unwrap_model=lambda given: given)
    ids_of = ToolPrompts(tokenizer).ids
    trainer = SimpleNamespace(
        model=model,
        state=SimpleNamespace(global_step=0),
        accelerator=own,
        _tokenize_prompts=lambda asked: [[ids_of({"prompt": prompt}) for prompt in asked]],
    )
    tokens, seconds = {"OpenVINO": 0, "generate": 0}, {"OpenVINO": 0.0, "generate": 0.0}
    for step in range(3):
        asked = [_prompt(step * _PROMPTS + n // _SAMPLES) for n in range(_PROMPTS * _SAMPLES)]
        trainer.state.global_step = step
        began = time.perf_counter()
        found = sampler(asked, trainer)
        seconds["OpenVINO"] += time.perf_counter() - began
        tokens["OpenVINO"] += sum(map(len, found["completion_ids"]))
        ids = tokenizer.apply_chat_template(
            asked,
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
            padding=True,
        )
        began = time.perf_counter()
        with torch.no_grad():
            made = model.generate(**ids, max_new_tokens=40, do_sample=True, top_k=0)
        seconds["generate"] += time.perf_counter() - began
        answers = made[:, ids["input_ids"].shape[1] :]
        tokens["generate"] += int((answers != tokenizer.pad_token_id).sum())
    return {name: tokens[name] / seconds[name] for name in tokens}


def _timed(case: str, student: Path, folder: Path) -> float:
    """The median seconds of a step, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rl_steps", case, str(student), str(folder)]
    environment = os.environ | {"TRL_EXPERIMENTAL_SILENCE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"{case}: {done.stderr[-2000:]}")
    times = sorted(json.loads(done.stdout.splitlines()[-1])[1:])
    return float(times[len(times) // 2])


def _prompt(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"How many boats lie at berth {number}? Say it shortly."}]


def _letters(completions: list[Any], **_: Any) -> list[float]:
    return [min(1.0, len(turns[-1]["content"]) / 200) for turns in completions]


class Letters(RewardTerm):
    """The same reward as a term."""

    def scorer(self, scoring: Scoring) -> Scorer:
        """By letters."""

        def score(rollouts: Sequence[Rollout]) -> list[float | None]:
            return [min(1.0, len(one.text) / 200) for one in rollouts]

        return score


def _plain(student: Path, folder: Path) -> list[float]:
    """TRL's own script; returns the seconds of each step."""
    import torch
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    args = GRPOConfig(
        output_dir=str(folder),
        per_device_train_batch_size=16,
        gradient_accumulation_steps=_PROMPTS * _SAMPLES // 16,
        num_generations=_SAMPLES,
        max_completion_length=40,
        max_steps=_STEPS,
        learning_rate=1e-5,
        bf16=False,
        use_cpu=not torch.cuda.is_available(),
        gradient_checkpointing=False,
        logging_steps=1,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
    )
    rows = Dataset.from_list([{"prompt": _prompt(n)} for n in range(_STEPS * _PROMPTS)])
    trainer = GRPOTrainer(str(student), reward_funcs=_letters, args=args, train_dataset=rows)
    trainer.train()
    return [line["step_time"] for line in trainer.state.log_history if "step_time" in line]


def _ours(student: Path, folder: Path, rollouts: str) -> list[float]:
    """The job that the `grpo` stage hands to its child process."""
    from tutelage.core.plugins import find_part
    from tutelage.stages import GRPO
    from tutelage.training.training_log import LOG, lines_from
    from tutelage.training.worker import JOBS

    term = {"use": "benchmarks.rl_steps:Letters"}
    stage = GRPO(
        rewards=[term],
        samples=_SAMPLES,
        batch_size=_PROMPTS,
        micro_batch=16,
        max_tokens=40,
        learning_rate=1e-5,
        bf16=False,
        validation=0.0,
        pilot=0,
        rollouts=rollouts,  # type: ignore[arg-type]
        trainer={"max_steps": _STEPS},
    )
    folder.mkdir()
    rows = [{"id": str(n), "leaf": "*", "prompt": _prompt(n)} for n in range(_STEPS * _PROMPTS)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    job = stage.model_dump(mode="json") | {"student": str(student), "rows": "rows.jsonl", "seed": 1}
    job |= {"job": "train", "method": GRPO.use(), "report_to": []}
    find_part("train", JOBS, "benchmark")(job, folder)
    return [line["step_time"] for line in lines_from(folder / LOG, 0)[0] if "step_time" in line]


def _main(case: str, student: str, folder: str) -> None:
    place = Path(folder)
    times = _plain(Path(student), place) if case == "plain" else _ours(Path(student), place, case)
    print(json.dumps(times))


if __name__ == "__main__":
    _main(*sys.argv[1:])
