"""Energy that this machine used during a stage, from its own counters: GPUs (NVML), CPUs (RAPL).

NVML is read through `nvidia-ml-py` where it is installed; RAPL through Linux's powercap files,
which many systems let only root read. Both count the whole device, other programs included.
"""

import importlib
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

POWERCAP = Path("/sys/class/powercap")
_LOOK_SECONDS = 30.0
"""A RAPL counter starts again at zero after some minutes, so it is looked at in between."""


class Energy:
    """Counts joules by source (`gpu`, `cpu`) while entered; a source without counter is absent."""

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self.joules: dict[str, float] = {}
        self._counters: list[_Rapl | _Nvml] = [*_rapl(powercap), *_nvml()]
        self._end = threading.Event()
        self._watch = threading.Thread(target=self._look_again, daemon=True)

    def __enter__(self) -> Self:
        self.joules = {counter.source: 0.0 for counter in self._counters}
        if self._counters:
            self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        if self._watch.is_alive():
            self._watch.join()
        self._look()

    def _look_again(self) -> None:
        while not self._end.wait(_LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        for counter in list(self._counters):
            try:
                self.joules[counter.source] += counter.advance()
            except Exception:  # half a measurement is none, and no reason to fail a stage
                self._counters = [c for c in self._counters if c.source != counter.source]
                self.joules.pop(counter.source, None)


class _Rapl:
    """A processor package's counter, in microjoules."""

    source = "cpu"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "energy_uj"
        self._range = int((folder / "max_energy_range_uj").read_text(encoding="ascii"))
        self._last = self._read()

    def advance(self) -> float:
        """Joules since the last look."""
        before, self._last = self._last, self._read()
        passed = self._last - before
        return (passed if passed >= 0 else passed + self._range) / 1e6

    def _read(self) -> int:
        return int(self._file.read_text(encoding="ascii"))


class _Nvml:
    """A GPU's counter, in millijoules since its driver was loaded."""

    source = "gpu"

    def __init__(self, nvml: Any, handle: Any) -> None:
        self._nvml, self._handle = nvml, handle
        self._last = self._read()

    def advance(self) -> float:
        """Joules since the last look."""
        before, self._last = self._last, self._read()
        return (self._last - before) / 1e3

    def _read(self) -> int:
        return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle))


def _rapl(powercap: Path) -> Iterator[_Rapl]:
    """The counters of whole packages; parts of one have a second colon in their name."""
    for folder in sorted(powercap.glob("*-rapl:[0-9]*")):
        if folder.name.count(":") == 1:
            try:
                yield _Rapl(folder)
            except (OSError, ValueError):
                continue


def _nvml() -> Iterator[_Nvml]:
    try:
        nvml = importlib.import_module("pynvml")
        nvml.nvmlInit()
        count = int(nvml.nvmlDeviceGetCount())
    except Exception:  # not installed, no driver, no permission: then nothing is measured
        return
    for number in range(count):
        try:
            yield _Nvml(nvml, nvml.nvmlDeviceGetHandleByIndex(number))
        except nvml.NVMLError:  # a GPU that keeps no count, as before Volta
            continue
