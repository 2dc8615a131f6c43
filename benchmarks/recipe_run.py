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


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: its seed, wall time, peak memory of the whole process tree, and its report."""

    seed: int
    seconds: float
    gigabytes: float
    report: dict[str, Any]

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

    `again` runs it; else the finished run in the folder is read. Unless it is to be `fresh`, what
    the folder's store holds is used, and a run in parts (`until` a stage, then on) adds up: its
    seconds, and the most memory of any part. Raises SystemExit where the run fails.
    """
    facts = out / "measured.json"
    if again:
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
            watcher = _Watcher(child.pid)
            watcher.start()
            code = child.wait()
        if code:
            raise SystemExit(f"seed {seed} ended with code {code}; see {out / 'run.log'}")
        took = time.monotonic() - began + before.get("seconds", 0.0)
        memory = max(watcher.peak / 1e9, before.get("gigabytes", 0.0))
        facts.write_text(json.dumps({"seconds": took, "gigabytes": memory}))
    measured = json.loads(facts.read_text())
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return Measured(seed, measured["seconds"], measured["gigabytes"], report)


class _Watcher(threading.Thread):
    """Samples the resident memory of a process and all of its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self.peak = 0

    def run(self) -> None:
        while self._process.is_running():
            try:
                family = [self._process, *self._process.children(recursive=True)]
                self.peak = max(self.peak, sum(one.memory_info().rss for one in family))
            except psutil.Error:
                continue
            time.sleep(0.5)


def machine(report: dict[str, Any]) -> str:
    hardware = report["run"]["hardware"]
    gpus = ", ".join(hardware["gpus"]) or "no GPU"
    return f"{hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gb']} GB, {gpus}"
