"""Launching a job in a child process of `accelerate launch`, and following its log."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import StageError
from pipeline.stage import Context
from pipeline.store import write_json

LOG = "log.jsonl"
OUTPUT = "worker.log"
WORK = "checkpoints"
"""Where the trainer keeps what it can go on from."""
PARENT = "TUTELAGE_PARENT"
"""Environment variable with the parent's process id: the child stops when that process is gone."""
_POLL_SECONDS = 0.2
_TAIL_LINES = 12


def launch(job: dict[str, Any], context: Context) -> None:
    """Run a job (see `pipeline.worker`) to its end; raises StageError with its last lines."""
    context.pool.release()  # the device's memory is the trainer's now
    file = context.folder / "job.json"
    write_json(file, job)
    log = context.folder / LOG
    if not (context.folder / WORK).exists():
        log.unlink(missing_ok=True)  # of a run that was killed before its first checkpoint
    command = [*_launcher(context.accelerate), "-m", "pipeline.worker", str(file)]
    environment = os.environ | {
        PARENT: str(os.getpid()),
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }
    with (context.folder / OUTPUT).open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            _follow(child, log, context)
        finally:
            _stop(child)
    if child.returncode != 0:
        raise StageError(_why(context.folder, child.returncode))
    file.unlink()


def trl_fields(config: str) -> list[str]:
    """The fields of one of TRL's configs, asked of a child so that this process loads no torch."""
    code = f"import dataclasses, trl; print(*[f.name for f in dataclasses.fields(trl.{config})])"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise StageError(f"TRL cannot be loaded: {result.stderr.strip().splitlines()[-1]}")
    return result.stdout.split()


def _launcher(accelerate: dict[str, Any]) -> list[str]:
    command = [sys.executable, "-m", "accelerate.commands.launch"]
    if accelerate.get("config_file"):
        return [*command, "--config_file", accelerate["config_file"]]
    processes = int(accelerate.get("processes", 1))
    plain = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    # accelerate's own default is one thread, which on a CPU leaves all other cores idle.
    threads = max(1, (os.cpu_count() or 1) // processes)
    plain += ["--num_cpu_threads_per_process", str(threads)]
    return [*command, "--num_processes", str(processes), *plain]


def _follow(child: subprocess.Popen[bytes], log: Path, context: Context) -> None:
    """Report steps as they are logged, until the child ends."""
    at = log.stat().st_size if log.exists() else 0
    done = 0
    while True:
        ended = child.poll() is not None
        lines, at = _new_lines(log, at)
        for line in lines:
            if "too_long" in line:
                context.progress.say(
                    f"{context.stage}: {line['too_long']} of {line['rows']} rows are longer than "
                    "max_length and were left out"
                )
            elif "total_steps" in line:
                context.progress.start(line["total_steps"], "steps")
                done = 0
            elif "step" in line and line["step"] > done:
                context.progress.advance(line["step"] - done)
                done = line["step"]
        if ended:
            return
        time.sleep(_POLL_SECONDS)


def _new_lines(log: Path, at: int) -> tuple[list[dict[str, Any]], int]:
    if not log.exists():
        return [], at
    with log.open("rb") as stream:
        stream.seek(at)
        data = stream.read()
    whole = data[: data.rfind(b"\n") + 1]
    return list(_parse(whole)), at + len(whole)


def _parse(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        yield json.loads(line)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _why(folder: Path, code: int) -> str:
    """The child's own words where it left any, else the end of its output."""
    failure = folder / "failure.json"
    if failure.exists():
        text = str(json.loads(failure.read_text(encoding="utf-8"))["error"])
        failure.unlink()
        return text
    lines = (folder / OUTPUT).read_text(encoding="utf-8", errors="replace").splitlines()
    tail = "\n".join(lines[-_TAIL_LINES:])
    killed = " (killed, by the kernel for memory perhaps)" if code in (-9, 137) else ""
    return f"the training process ended with code {code}{killed}:\n{tail}"
