"""What runs on a GPU, and how fast: every way of training, rollouts, and the quickstart.

    python -m benchmarks.gpu [--minutes 8] [--check] [--quick]

One command, under eight minutes on one GPU: SFT of all weights, with LoRA and with QLoRA, DPO and
GRPO on random Llama shapes, each in a process of its own; SDPA beside FlashAttention and Liger on
and off where these are installed, vLLM's rollouts where it is; then the quickstart. Tokens a
second, MFU (see `training_shapes`) and peak memory. A case that fails, lacks a package or finds no
time left is a line that says so. Writes benchmarks/gpu.md, but with `--quick` (two cases). Without
a GPU it says so and ends. `--check` exits 1 where a case fails.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.training_shapes import SHAPES, mfu_of, write_model, write_rows

ROOT = Path(__file__).parent.parent
_STEPS, _ROWS, _TOKENS = 8, 16, 1024
_EACH_SECONDS, _QUICKSTART_SECONDS = 90, 240
_ADAPTER: dict[str, Any] = {"rank": 16}
_SDPA: dict[str, Any] = {"model_init_kwargs": {"attn_implementation": "sdpa"}}


@dataclass(frozen=True, slots=True)
class Case:
    """One training: a shape, a method and its knobs, and the packages that it needs."""

    name: str
    shape: str
    method: str
    knobs: dict[str, Any] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


_GRPO = {
    "rewards": [{"use": "benchmarks.rl_steps:Letters"}],
    "samples": 8,
    "batch_size": 8,
    "max_tokens": 128,
    "micro_batch": 64,
    "pilot": 0,
    "validation": 0.0,
}
CASES = [
    Case("SFT, all weights", "135M", "sft"),
    Case("SFT, all weights", "1B", "sft"),
    Case("SFT, SDPA in place of FlashAttention", "1B", "sft", {}, _SDPA, ("flash_attn",)),
    Case("SFT, no Liger", "1B", "sft", {}, {"use_liger_kernel": False}, ("liger_kernel",)),
    Case("SFT, LoRA", "1B", "sft", {"adapter": _ADAPTER}),
    Case(
        "SFT, QLoRA", "1B", "sft", {"adapter": _ADAPTER | {"four_bit": True}}, {}, ("bitsandbytes",)
    ),
    Case("DPO, all weights", "1B", "dpo"),
    Case("DPO, LoRA", "1B", "dpo", {"adapter": _ADAPTER}),
    Case("GRPO, TRL's generation", "135M", "grpo", _GRPO | {"rollouts": "trl"}),
    Case("GRPO, vLLM beside it", "135M", "grpo", _GRPO | {"rollouts": "vllm"}, {}, ("vllm",)),
]


def main() -> int:
    """Measure each case while there is time, then the quickstart; write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    device = gpu_name()
    if device is None:
        print("No GPU here, so nothing was measured: run this on a machine with one.")
        return 0
    ends = time.monotonic() + 60 * options.minutes - 20
    lines, failed = [f"# On a GPU: {device}", "", "`python -m benchmarks.gpu` wrote this.", ""], 0
    lines += [
        f"{_STEPS} steps of {_ROWS} rows (DPO: pairs) of {_TOKENS} tokens, random weights, "
        "bfloat16.",
        "",
        "| case | model | tokens/s | MFU | peak GB |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as place:
        cases = [CASES[0], CASES[8]] if options.quick else CASES
        for case in cases:
            spare = ends - time.monotonic() - (0 if options.quick else _QUICKSTART_SECONDS)
            cells, good = attempt(case, Path(place), spare)
            failed += not good
            lines.append(f"| {case.name} | {case.shape} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if not options.quick:
        text, good = quickstart(ends - time.monotonic())
        failed += not good
        lines += ["", text]
    told = "\n".join(lines) + "\n"
    if not options.quick:
        (ROOT / "benchmarks" / "gpu.md").write_text(told, encoding="utf-8")
    print(told)
    return 1 if options.check and failed else 0


def gpu_name() -> str | None:
    """The name of the first GPU; None where there is none."""
    import torch

    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else None


def attempt(case: Case, place: Path, spare: float) -> tuple[list[str], bool]:
    """A case's cells, and whether nothing went wrong."""
    missing = [name for name in case.needs if importlib.util.find_spec(name) is None]
    if missing:
        return [f"not run: {missing[0]} is not installed", "", ""], True
    if spare < 30:
        return ["not run: no time left", "", ""], True
    student = place / case.shape
    if not student.exists():
        write_model(case.shape, student)
    file = place / f"{case.method}.jsonl"
    if not file.exists():
        write_rows(file, case.method, _ROWS * _STEPS, _TOKENS)
    knobs = {"batch_size": _ROWS, "max_length": _TOKENS, "micro_batch": 8} | case.knobs
    command = [sys.executable, "-m", "benchmarks.training_case", "tutelage", str(student)]
    command += [str(file), case.method, "--steps", str(_STEPS), "--json", json.dumps(knobs)]
    command += ["--trainer", json.dumps(case.trainer)]
    environment = os.environ | {"TRL_EXPERIMENTAL_SILENCE": "1"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=min(_EACH_SECONDS, spare),
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return [f"not finished in {min(_EACH_SECONDS, spare):.0f} s", "", ""], False
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return [f"failed: {last[:160].replace('|', '/')}", "", ""], False
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["tokens"] / found["seconds"]
    adapted = "adapter" in case.knobs
    mfu = mfu_of(case.shape, rate, found["device"], _TOKENS, adapter=adapted)
    shown = "" if case.method == "grpo" else mfu  # generation is no training
    return [f"{rate:.0f}", shown, f"{found['peak_gb']:.1f}"], True


def quickstart(spare: float) -> tuple[str, bool]:
    """The quickstart from end to end: minutes, and its student's score."""
    if spare < 60:
        return "The quickstart was not run: no time left.", True
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "tutelage.cli", "run", "quickstart", "--out", place]
        began = time.monotonic()
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=spare
            )
        except subprocess.TimeoutExpired:
            return f"The quickstart was not finished in {spare:.0f} s.", False
        minutes = (time.monotonic() - began) / 60
        if done.returncode:
            last = ((done.stdout + done.stderr).strip().splitlines() or ["no output"])[-1]
            return f"The quickstart failed: {last[:200]}", False
        outcome = json.loads((Path(place) / "report.json").read_text(encoding="utf-8"))["outcome"]
        scores = {line["model"]: line["score"] for line in outcome if line["leaf"] == "*"}
        told = ", ".join(f"{model} {score:.0%}" for model, score in scores.items())
        return f"The quickstart took {minutes:.1f} minutes: {told}.", True


if __name__ == "__main__":
    assert set(SHAPES) >= {case.shape for case in CASES}
    sys.exit(main())
