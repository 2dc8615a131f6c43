"""Launching a job in a child process of `accelerate launch`."""

import json
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.errors import InputError, StageError, TutelageError
from tutelage.core.hardware import cores
from tutelage.core.json_files import write_json
from tutelage.core.user_modules import python_command, python_environment
from tutelage.training.checkpoints import WORK, last_whole, step_of
from tutelage.training.follow import follow
from tutelage.training.retry_with_settings import RetryWithSettings
from tutelage.training.training_log import forget_after

OUTPUT = "worker.log"
FAILURE = "failure.json"
PARENT = "TUTELAGE_PARENT"
"""Environment variable, `host:process id`: the child stops when that process is gone."""
_ERROR = re.compile(r"(\[rank\d+\]: ?)?([A-Za-z_]\w*\.)*\w*(Error|Exception|Interrupt)\b")
_LAUNCHERS = re.compile(r"CalledProcessError|ChildFailedError")
"""What accelerate and torchrun raise where a process that they started has failed."""


def launch(job: dict[str, Any], context: Context, *, alone: bool = False) -> None:
    """Run a job (see `tutelage.training.worker`) to its end; raises StageError with its error.

    Where it asks for smaller execution settings, it is started again with them, from its last
    checkpoint. What is no training runs `alone`: one process, whatever trainings are spread over.
    """
    context.pool.release()  # the device's memory is the trainer's now
    while True:
        try:
            _run(job, context, alone)
        except RetryWithSettings as exc:
            if not exc.settings:
                raise
            job = job | exc.settings
            changed = ", ".join(f"{name} {value}" for name, value in exc.settings.items())
            context.progress.say(f"{context.stage}: {exc}; trying again with {changed}")
        else:
            return


def command_line(accelerate: dict[str, Any]) -> list[str]:
    """The start of the command that launches a job's processes."""
    through = [str(part) for part in accelerate.get("through") or []]
    launcher = [*through, *python_command("-m", "accelerate.commands.launch")]
    if accelerate.get("config_file"):
        return [*launcher, "--config_file", accelerate["config_file"]]
    processes = int(accelerate.get("processes") or 1)
    plain = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    # accelerate's own default is one thread, which on a CPU leaves all other cores idle.
    threads = max(1, cores() // processes)
    plain += ["--num_processes", str(processes), "--num_cpu_threads_per_process", str(threads)]
    return [*launcher, *plain, *_several(accelerate, processes)]


def visible_devices(accelerate: dict[str, Any]) -> dict[str, str]:
    """The variable that shows a single process one GPU only.

    Of several it sees, transformers' trainer makes a `DataParallel`: other batches than were set.
    """
    if accelerate.get("config_file") or int(accelerate.get("processes") or 1) > 1:
        return {}
    return {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]}


def _run(job: dict[str, Any], context: Context, alone: bool) -> None:
    folder = context.folder
    file = folder / "job.json"
    write_json(file, job)
    last = last_whole(folder / WORK)
    forget_after(folder, step_of(last) if last else 0)
    launcher = python_command() if alone else command_line(context.accelerate)
    command = [*launcher, "-m", "tutelage.training.worker", str(file)]
    environment = (
        python_environment()
        | ({} if alone else visible_devices(context.accelerate))
        | {
            PARENT: f"{socket.gethostname()}:{os.getpid()}",
            "TOKENIZERS_PARALLELISM": "false",
            "PYTHONUNBUFFERED": "1",
        }
    )
    with (folder / OUTPUT).open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            follow(child, context)
        finally:
            _stop(child)
    if child.returncode != 0:
        raise _why(folder, child.returncode)
    file.unlink()


def _several(accelerate: dict[str, Any], processes: int) -> list[str]:
    """How processes work together: as copies, or sharing the weights and the optimiser."""
    if processes == 1:
        return []
    port = ["--main_process_port", str(_free_port())]
    if accelerate.get("fsdp"):
        wrap = ["--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP"]
        whole = ["--fsdp_state_dict_type", "FULL_STATE_DICT"]  # checkpoints that open anywhere
        return [*port, "--use_fsdp", "--fsdp_version", "2", *wrap, *whole]
    if stage := accelerate.get("deepspeed"):
        whole = ["--zero3_save_16bit_model", "true"]
        return [*port, "--use_deepspeed", "--zero_stage", str(stage), *whole]
    return [*port, "--multi_gpu"]  # its name in accelerate, for CPUs too


def _free_port() -> int:
    """A port for the processes to meet at, so that two runs on a machine do not clash."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _why(folder: Path, code: int) -> TutelageError:
    """The child's own words where it left any, else the last error line of its output."""
    failure, log = folder / FAILURE, folder / OUTPUT
    said: dict[str, Any] = {}
    if failure.exists():
        said = json.loads(failure.read_text(encoding="utf-8"))
        failure.unlink()
    if "try_with" in said:
        return RetryWithSettings(said["error"], said["try_with"])
    if "error" in said:
        return InputError(said["error"]) if said["input"] else StageError(said["error"])
    line = said.get("unexpected") or last_error(log.read_text(encoding="utf-8", errors="replace"))
    killed = " (killed, by the kernel for memory perhaps)" if code in (-9, 137) else ""
    return StageError(
        f"the training process ended with code {code}{killed}: {line}; the whole log is {log}"
    )


def last_error(output: str) -> str:
    """The last line that says what went wrong, before the launcher says that its child failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.match(line) and not _LAUNCHERS.search(line)]
    return (errors or lines or ["it left no output"])[-1]
