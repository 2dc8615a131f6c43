"""What `tutelage plan --pilot 8` says beside what then happens: requests, time, training memory.

    python -m benchmarks.forecast [--seeds 1] [--requests 8] [--check] [--quick] [--from DIR]

Writes benchmarks/forecast.md. Each seed pilots and then runs in a folder of its own, nothing
cached. `--from DIR` takes finished runs of benchmarks.quickstart (DIR/seed-N) for what happens and
only pilots; `--quick` takes the smoke recipe. `--check` exits 1 where requests
or time are out by more than 25%, or the memory of training by more than 30%.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.artifacts import Row
from tutelage.core.free_memory import free_memory
from tutelage.models.model_shape import read_shape
from tutelage.training.memory_estimate import Setting, estimate
from tutelage.training.memory_fit import longest

from benchmarks.ending import finish

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
OUT, MEMORY_OUT = 0.25, 0.30
MICRO_BATCHES = (4, 8)
_PEAK = (
    "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode; "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
)
_ROW_WORDS = 60


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of the forecast beside what happened."""

    seed: int
    name: str
    low: float
    likely: float
    high: float
    actual: float

    @property
    def out(self) -> float:
        """How far the likely figure was out, as a share of what happened."""
        return self.likely / self.actual - 1 if self.actual else 0.0


def main() -> int:
    """Pilot, run, compare, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--requests", type=int, default=8)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--from", dest="source", type=Path, help="a folder of finished runs")
    options = parser.parse_args()
    recipe = "smoke" if options.quick else "quickstart"
    place = ROOT / "runs" / f"benchmark-forecast-{recipe}"
    stages: list[Compared] = []
    for seed in options.seeds:
        stages += compare(recipe, seed, options.requests, place / f"seed-{seed}", options.source)
    student = options.source or place
    memory = [
        measured_memory(student / f"seed-{options.seeds[0]}", size, place)
        for size in (() if options.quick else MICRO_BATCHES)
    ]
    missed = [one for one in stages if one.name.startswith("all") and abs(one.out) > OUT]
    missed += [one for one in memory if abs(one.out) > MEMORY_OUT]
    text = page(recipe, options.requests, stages, memory)
    words = [f"seed {one.seed}: {one.name}: {one.out:+.0%}" for one in missed]
    return finish(text, words, FILE, options)


def compare(
    recipe: str, seed: int, requests: int, out: Path, finished: Path | None
) -> list[Compared]:
    """Pilot in a new folder, then run there, or look at a run that is finished."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    common = [f"recipes/{recipe}.yaml", "--set", f"seed={seed}", "--out", str(out)]
    plan = json.loads(_tutelage("plan", *common, "--pilot", str(requests), "--json"))
    began = time.monotonic()
    if finished is None:
        _tutelage("run", *common)
        seconds = time.monotonic() - began
    else:
        measured = finished / f"seed-{seed}" / "measured.json"
        seconds = json.loads(measured.read_text(encoding="utf-8"))["seconds"]
    happened = _stages_of(finished / f"seed-{seed}" if finished else out)
    found = []
    for line in plan["stages"]:
        name, actual = line["name"], happened.get(line["name"])
        if actual and line["state"] == "to do":
            found += [_compared(seed, name, part, line[part], actual[part]) for part in actual]
    for part, actual_total in (
        ("requests", sum(stage["requests"] for stage in happened.values())),
        ("seconds", seconds),
    ):
        found.append(_compared(seed, "all", part, plan["total"][part], actual_total))
    return [one for one in found if one is not None]


def _compared(
    seed: int, name: str, part: str, span: dict[str, float] | None, actual: float
) -> Compared | None:
    if span is None or not actual:
        return None
    return Compared(seed, f"{name}: {part}", span["low"], span["likely"], span["high"], actual)


def _stages_of(run: Path) -> dict[str, dict[str, float]]:
    """By stage: the requests and seconds that its result took, whenever that was."""
    found = {}
    for file in sorted(run.glob("*/manifest.json")):
        manifest = json.loads(file.read_text(encoding="utf-8"))
        uses = [entry["usage"] for entry in manifest["ledger"]]
        found[manifest["stage"]] = {
            "requests": sum(use["requests"] for use in uses),
            "seconds": sum(use["seconds"] for use in uses),
        }
    return found


def measured_memory(run: Path, micro_batch: int, place: Path) -> Compared:
    """The trainer's peak over a few steps of full fine-tuning, beside the estimate."""
    rows = [_row(number) for number in range(32)]
    file = place / "rows.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    student, out = (run / "student-weights").resolve(), place / f"micro-{micro_batch}"
    shutil.rmtree(out, ignore_errors=True)
    fields = {"batch_size": "16", "micro_batch": str(micro_batch), "trainer.max_steps": "2"}
    fields |= {"chat_template": "chatml", "bf16": "false"}
    command = [sys.executable, "-m", "tutelage.cli", "stage", "sft", "--out", str(out)]
    command += ["--in", f"rows={file}", "--in", f"student={student}"]
    command += [part for name, value in fields.items() for part in ("--set", f"{name}={value}")]
    said = subprocess.run(
        [sys.executable, "-c", _PEAK, *command], cwd=ROOT, capture_output=True, text=True
    )
    if said.returncode:
        raise SystemExit(said.stdout + said.stderr)
    peak = float(said.stdout.split()[-1]) * 1024
    shutil.rmtree(out)
    setting = Setting(micro_batch, longest(rows, student), accumulates=micro_batch < 16)
    reckoned = estimate(read_shape(student), setting).peak
    name = f"SFT, all weights, micro-batch {micro_batch}"
    return Compared(0, name, reckoned, reckoned, reckoned, peak)


def _row(number: int) -> Row:
    words = " ".join(f"word{(number * 7 + n) % 97}" for n in range(_ROW_WORDS))
    return {
        "prompt": [{"role": "user", "content": f"Repeat this, number {number}: {words}"}],
        "completion": [{"role": "assistant", "content": words}],
    }


def _tutelage(*arguments: str) -> str:
    command = [sys.executable, "-m", "tutelage.cli", *arguments]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"tutelage {arguments[0]} ended with code {result.returncode}")
    return result.stdout


def page(recipe: str, requests: int, stages: list[Compared], memory: list[Compared]) -> str:
    """The Markdown page."""
    free = free_memory()
    lines = [
        "# The forecast beside what happened",
        "",
        f"`python -m benchmarks.forecast` wrote this: the {recipe} after a pilot of {requests},",
        f"on {os.cpu_count()} cores, {free.device}. Off by: the likely figure over what happened.",
        "",
        "| seed | what | low | likely | high | happened | off by |",
        "|---|---|---|---|---|---|---|",
        *(_line(one) for one in stages),
    ]
    if memory:
        lines += [
            "",
            "## Memory of training",
            "",
            "The embedded 135M model, float32, on a CPU; the peak of the trainer's process in GB.",
            "",
            "| setting | estimate | measured | off by |",
            "|---|---|---|---|",
        ]
    for one in memory:
        gigabytes = f"{one.likely / 1e9:.2f} | {one.actual / 1e9:.2f}"
        lines.append(f"| {one.name} | {gigabytes} | {one.out:+.0%} |")
    return "\n".join([*lines, ""])


def _line(one: Compared) -> str:
    figures = " | ".join(f"{value:.0f}" for value in (one.low, one.likely, one.high, one.actual))
    return f"| {one.seed} | {one.name} | {figures} | {one.out:+.0%} |"


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
