"""Launching a job in a child process of accelerate's launcher."""

import subprocess
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.json_files import write_json
from tutelage.core.parent_process import end_child, named_as_parent
from tutelage.core.user_modules import python_command, python_environment
from tutelage.training.checkpoints import WORK, last_whole, step_of
from tutelage.training.follow import follow
from tutelage.training.launch_command import command_line, visible_devices
from tutelage.training.retry_with_settings import RetryWithSettings
from tutelage.training.several_machines import run_on_machines
from tutelage.training.spread_over import machines
from tutelage.training.training_log import forget_after
from tutelage.training.why_failed import FAILURE, OUTPUT, Exit, why_failed


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


def _run(job: dict[str, Any], context: Context, alone: bool) -> None:
    folder = context.folder
    file = folder / "job.json"
    write_json(file, job)
    (folder / FAILURE).unlink(missing_ok=True)
    last = last_whole(folder / WORK)
    forget_after(folder, step_of(last) if last else 0)
    worker = ["-m", "tutelage.training.worker", str(file)]
    environment = python_environment()
    environment |= {"TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
    if alone:
        ended = _run_here([*python_command(), *worker], environment, context)
    elif machines(context.accelerate) > 1:
        ended = run_on_machines(worker, environment, context)
    else:
        environment |= visible_devices(context.accelerate)
        ended = _run_here([*command_line(context.accelerate), *worker], environment, context)
    if ended.code != 0:
        raise why_failed(folder, ended)
    file.unlink()


def _run_here(command: list[str], environment: dict[str, str], context: Context) -> Exit:
    environment = environment | named_as_parent()
    with (context.folder / OUTPUT).open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        try:
            follow(lambda: child.poll() is not None, context)
        finally:
            end_child(child)
    return Exit(child.returncode)
