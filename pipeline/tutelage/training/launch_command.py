"""The command that launches a job's processes by accelerate, as the recipe's `accelerate` says."""

import os
from dataclasses import dataclass
from typing import Any

from tutelage.core.free_port import free_port
from tutelage.core.user_modules import python_command
from tutelage.training.spread_over import machines, processes

_LAUNCHER = ("-m", "tutelage.training.accelerate_launcher")


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the processes of several machines meet, for one of them."""

    machine: int
    """Its number."""
    address: str
    """That of the first one."""
    port: int


def command_line(accelerate: dict[str, Any]) -> list[str]:
    """The start of the command that launches a job's processes from this machine."""
    through = [str(part) for part in accelerate.get("through") or []]
    return [*through, *python_command(*launcher_arguments(accelerate))]


def launcher_arguments(accelerate: dict[str, Any], meeting: Meeting | None = None) -> list[str]:
    """The start of Python's arguments for it; `meeting` where machines meet."""
    if accelerate.get("config_file"):
        return [*_LAUNCHER, "--config_file", accelerate["config_file"]]
    plain = ["--mixed_precision", "no", "--dynamo_backend", "no"]
    count = ["--num_machines", str(machines(accelerate))]
    count += ["--num_processes", str(processes(accelerate))]
    if meeting:
        count += ["--machine_rank", str(meeting.machine), "--main_process_ip", meeting.address]
    return [*_LAUNCHER, *plain, *count, *_several(accelerate, meeting)]


def visible_devices(accelerate: dict[str, Any]) -> dict[str, str]:
    """The variable that shows a single process one GPU only.

    Of several it sees, transformers' trainer makes a `DataParallel`: other batches than were set.
    """
    if accelerate.get("config_file") or processes(accelerate) > 1:
        return {}
    return {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]}


def _several(accelerate: dict[str, Any], meeting: Meeting | None) -> list[str]:
    """How processes work together: as copies, or sharing the weights and the optimiser."""
    if processes(accelerate) == 1:
        return []
    port = ["--main_process_port", str(meeting.port if meeting else free_port())]
    if accelerate.get("fsdp"):
        wrap = ["--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP"]
        whole = ["--fsdp_state_dict_type", "FULL_STATE_DICT"]  # checkpoints that open anywhere
        return [*port, "--use_fsdp", "--fsdp_version", "2", *wrap, *whole]
    if stage := accelerate.get("deepspeed"):
        whole = ["--zero3_save_16bit_model", "true"]
        # Without a launcher of its own, which would start the other machines by ssh.
        each = ["--deepspeed_multinode_launcher", "standard"]
        return [*port, "--use_deepspeed", "--zero_stage", str(stage), *whole, *each]
    return [*port, "--multi_gpu"]  # its name in accelerate, for CPUs too
