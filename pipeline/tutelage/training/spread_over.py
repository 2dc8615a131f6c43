"""What a training is spread over, by the recipe's `accelerate`."""

from collections.abc import Mapping
from typing import Any


def machines(accelerate: Mapping[str, Any]) -> int:
    """How many machines train together."""
    return int(accelerate.get("machines") or 1)


def processes_each(accelerate: Mapping[str, Any]) -> int:
    """How many processes train on each machine, one a device."""
    return int(accelerate.get("processes") or 1)


def processes(accelerate: Mapping[str, Any]) -> int:
    """How many processes train together on all machines."""
    return machines(accelerate) * processes_each(accelerate)


def is_spread(accelerate: Mapping[str, Any]) -> bool:
    """Whether one device's memory says nothing: devices share a training, or it runs elsewhere."""
    shared = accelerate.get("fsdp") or accelerate.get("deepspeed")
    elsewhere = accelerate.get("config_file") or accelerate.get("through")
    return bool(elsewhere or machines(accelerate) > 1 or (processes(accelerate) > 1 and shared))
