"""What this machine has left: memory of the device that trains, and room on the disk."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.user_modules import python_command

_CGROUP = Path("/sys/fs/cgroup")
_ASK_CUDA = (
    "import torch; print(torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else 'none')"
)
_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class FreeMemory:
    """Bytes that are free, and on what."""

    device: str
    """`GPU` or `CPU`."""
    memory: float | None
    """None where the system does not say."""

    def for_each(self, processes: int) -> float | None:
        """What each of several processes may take: a GPU is its own, a CPU's memory is shared."""
        share = processes if self.device == "CPU" else 1
        return None if self.memory is None else self.memory / share


def free_memory() -> FreeMemory:
    """Free memory of the GPU where there is one, else of the machine or of its container."""
    on_gpu = _free_on_gpu() if shutil.which("nvidia-smi") else None
    if on_gpu is not None:
        return FreeMemory("GPU", on_gpu)
    known = [size for size in (_available(), _left_in_container()) if size is not None]
    return FreeMemory("CPU", min(known, default=None))


def free_disk(folder: Path) -> int:
    """Bytes free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _free_on_gpu() -> float | None:
    """Asked of a child, because a CUDA context would take memory of this process for good."""
    try:
        result = subprocess.run(
            python_command("-c", _ASK_CUDA),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    text = result.stdout.strip()
    return float(text) if text.isdigit() else None


def _available() -> float | None:
    """Memory that programs can have without swapping: Linux's own estimate, else free pages."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError, AttributeError):
        return None


def _left_in_container() -> float | None:
    """What a memory limit of the process's control group (version 2) leaves; None without one."""
    try:
        limit = (_CGROUP / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return None
        used = int((_CGROUP / "memory.current").read_text(encoding="ascii"))
        stat = (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    facts = dict(line.split() for line in stat)
    return float(int(limit) - used + int(facts.get("inactive_file", 0)))
