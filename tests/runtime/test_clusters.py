"""What a cluster cannot do is said in one line before anything is spent; work of others is left."""

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tutelage.contract.workers import HereWorkers, receipts, work_folder
from tutelage.core.errors import InputError
from tutelage.runtime.executors import ray as on_ray
from tutelage.runtime.executors.ray import RayWorkers
from tutelage.runtime.executors.ray_machines import RayMachines


class Cluster:
    """Stands for Ray: two nodes, of which some see the folder."""

    class exceptions:
        GetTimeoutError = TimeoutError

    def __init__(self, seen: list[bool] | None) -> None:
        self.seen = seen

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {"NodeID": name, "NodeManagerAddress": f"10.0.0.{name}", "Alive": name != "3"}
            for name in "123"
        ]

    def get(self, looks: list[str], timeout: float) -> list[bool]:
        if self.seen is None:
            raise TimeoutError
        assert len(looks) == 2
        return self.seen


class Look:
    """A task that would run on a node."""

    def remote(self, file: str) -> str:
        assert Path(file).exists()
        return file


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ([True, False], r"the nodes 10\.0\.0\.2 do not see this folder"),
        (None, "started no worker on some node"),
        ([True, True], ""),
    ],
)
def test_a_folder_that_nodes_do_not_share_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: list[bool] | None, said: str
) -> None:
    monkeypatch.setattr(RayWorkers, "connected", lambda workers: Cluster(seen))
    monkeypatch.setattr(on_ray, "_on", lambda cluster, node, look: Look())
    if said:
        with pytest.raises(InputError, match=said):
            RayWorkers().check(tmp_path / "store")
    else:
        RayWorkers().check(tmp_path / "store")
    assert not list((tmp_path / "store").iterdir())


def test_a_cluster_of_other_versions_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray")

    def refuse(**settings: Any) -> None:
        raise RuntimeError("Version mismatch: The cluster was started with:\n    Python: 3.12.1")

    monkeypatch.setattr(ray, "init", refuse)
    monkeypatch.setattr(on_ray, "_check_answers", lambda address: None)
    with pytest.raises(InputError) as caught:
        RayWorkers("10.0.0.1:6379").check(tmp_path)
    assert "10.0.0.1:6379: Version mismatch: The cluster was started" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_port_that_nobody_listens_at_is_said_at_once(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but nobody listens
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(InputError, match=f"no Ray cluster answers at {address}") as caught:
            RayWorkers(address).check(tmp_path)
    assert "ray start --head" in str(caught.value)


@pytest.mark.parametrize(
    ("gpus", "count", "wanted", "there"),
    [([0, 0], 2, 8, None), ([0], 2, 1, 1), ([0, 4, 8], 2, 4, None), ([0, 4, 8], 2, 8, 1)],
)
def test_a_training_on_more_nodes_than_there_are_is_refused(
    gpus: list[int], count: int, wanted: int, there: int | None
) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": 4, "GPU": each}} for each in gpus]
    dead = {"Alive": False, "Resources": {"GPU": 8}}
    machines = RayMachines(lambda: SimpleNamespace(nodes=lambda: [dead, *nodes]))
    if there is None:
        machines.check(count, wanted)
        return
    with pytest.raises(InputError, match=f"machines: {count}.*has {there} nodes for it"):
        machines.check(count, wanted)


def double(shared: int, part: int) -> dict[str, Any]:
    return {"made": shared * part}


def test_parts_with_a_receipt_are_not_done_again_unless_something_else_decides(
    tmp_path: Path,
) -> None:
    work = work_folder(tmp_path, 20_000)
    assert receipts(HereWorkers(), double, 2, [1, 2], work / "a") == [{"made": 2}, {"made": 4}]
    assert work_folder(tmp_path, 20_000) == work
    assert receipts(HereWorkers(), double, 3, [1, 2, 3], work / "a")[1:] == [
        {"made": 4},
        {"made": 9},
    ]
    assert not (work_folder(tmp_path, 10_000) / "a").exists()
