"""Energy: counters that turn over, GPUs, and machines that have neither."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from tutelage.accounting.energy import Energy

from tests.trees import write


@pytest.fixture
def cpu(tmp_path: Path) -> Path:
    """A powercap folder with two packages and a part of the first."""
    for name in ("intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0"):
        write(tmp_path / name / "energy_uj", "900000\n")
        write(tmp_path / name / "max_energy_range_uj", "1000000\n")
    return tmp_path


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Two GPUs' counters in millijoules; the third keeps none."""
    counts = {0: 5_000, 1: 7_000}

    class NVMLError(Exception):
        """As NVML's own."""

    def read(handle: int) -> int:
        if handle not in counts:
            raise NVMLError
        return counts[handle]

    nvml = SimpleNamespace(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 3,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetTotalEnergyConsumption=read,
    )
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    return counts


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """NVML is not installed."""
    monkeypatch.setitem(sys.modules, "pynvml", None)


@pytest.mark.usefixtures("no_gpu")
def test_processor_packages_add_up_and_a_counter_may_turn_over(cpu: Path) -> None:
    with Energy(cpu) as energy:
        write(cpu / "intel-rapl:0" / "energy_uj", "950000")
        write(cpu / "intel-rapl:1" / "energy_uj", "100000")  # 0.1 to the end and 0.1 on
    assert energy.joules == pytest.approx({"cpu": 0.05 + 0.2})


def test_gpus_are_read_through_nvml(tmp_path: Path, gpus: dict[int, int]) -> None:
    with Energy(tmp_path) as energy:
        gpus[0] += 1_500
        gpus[1] += 500
    assert energy.joules == pytest.approx({"gpu": 2.0})


@pytest.mark.usefixtures("no_gpu")
def test_without_counters_nothing_is_measured(tmp_path: Path) -> None:
    with Energy(tmp_path / "none") as energy:
        pass
    assert energy.joules == {}


def test_a_counter_that_fails_on_the_way_measures_nothing(cpu: Path, gpus: dict[int, int]) -> None:
    with Energy(cpu) as energy:
        (cpu / "intel-rapl:0" / "energy_uj").unlink()
        gpus[1] += 1_000
    assert energy.joules == pytest.approx({"gpu": 1.0})
