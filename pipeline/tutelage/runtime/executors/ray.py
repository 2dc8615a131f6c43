"""Running stages from here, and the parts of those that work shard by shard on a Ray cluster.

Only Ray's tasks and actors are used. Rows travel as files in a folder that all nodes share, tasks
return nothing but receipts in it; see `contract.workers`. Actors ask models; see `models.spread`.
Workers find modules where this process does.
"""

import importlib.util
import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from tutelage.contract.machines import Machines
from tutelage.contract.workers import Task, Workers, do_part, parts_left
from tutelage.core.errors import InputError, StageError
from tutelage.core.user_modules import add_user_folder
from tutelage.models.api_key import read_key
from tutelage.models.chat import Engine
from tutelage.models.engine_pool import choose_engine
from tutelage.models.engines.endpoint import Endpoint
from tutelage.models.model import Model
from tutelage.models.spread.answering import answer_requests
from tutelage.models.spread.messages import FromWorker, Helpers, ToWorker
from tutelage.models.spread.segment_files import check_bucket, is_in_bucket
from tutelage.runtime.executors.job import RunServices
from tutelage.runtime.executors.local import LocalExecutor
from tutelage.runtime.executors.ray_machines import RayMachines
from tutelage.runtime.executors.ray_servers import ServerOnNode

_PATIENCE_SECONDS = 300
"""How long a node may take to start its first worker."""
_ANSWER_SECONDS = 10
"""How long the port of a cluster may take to answer."""
_SEGMENTS = "TUTELAGE_SEGMENTS"
_RETRIES = 3
"""How often Ray does a part again whose worker or node died."""


class RayExecutor(LocalExecutor):
    """Runs jobs here; `ray` does shards on the cluster of RAY_ADDRESS, of this machine without one.

    `ray:HOST:PORT` names a cluster. Where TUTELAGE_SEGMENTS names a bucket, its nodes share no disk
    with this machine: they ask models, whatever passes as files is done here.
    """

    def __init__(self, services: RunServices, argument: str = "") -> None:
        super().__init__(services)
        self._cluster = RayWorkers(argument or None)

    @cached_property
    def workers(self) -> Workers:
        """The cluster's tasks; connected when there is work for them."""
        return super().workers if self.bucket else self._cluster

    @property
    def bucket(self) -> str:
        """That of TUTELAGE_SEGMENTS."""
        return _bucket()

    @property
    def machines(self) -> Machines | None:
        """The cluster's nodes."""
        return None if self.bucket else RayMachines(self._cluster.connected)

    @staticmethod
    def check(argument: str, folder: Path) -> None:
        """Raise InputError without Ray, for a cluster of other versions, for a folder that is not
        shared, or a bucket that cannot be used."""
        cluster = RayWorkers(argument or None)
        if bucket := _bucket():
            cluster.check_bucket(bucket)
        else:
            cluster.check(folder)

    @staticmethod
    def check_machines(argument: str, count: int, gpus: int) -> None:
        """Raise InputError where the cluster has fewer nodes, or fewer GPUs on them."""
        if _bucket():
            raise InputError(
                f"`accelerate: {{machines: {count}}}` needs a disk that all nodes share: leave "
                f"{_SEGMENTS} out and put runs on it (`--out`)"
            )
        RayMachines(RayWorkers(argument or None).connected).check(count, gpus)

    def _elsewhere(self, model: Model) -> Engine | None:
        """Also the engine of a model whose servers start on the nodes, where there are several."""
        if model.config.serve is not None and choose_engine(model) == "endpoint":
            ray = self._cluster.connected()
            if sum(node["Alive"] for node in ray.nodes()) > 1:
                return Endpoint(model, start=partial(ServerOnNode, ray))
        return super()._elsewhere(model)

    def _askers(self) -> int:
        return int(self._cluster.connected().cluster_resources().get("CPU", 1))

    def _helpers(self, model: Model, count: int) -> Helpers:
        return RayHelpers(self._cluster.connected(), model, count)


def _bucket() -> str:
    given = os.environ.get(_SEGMENTS, "")
    if given and not is_in_bucket(given):
        raise InputError(
            f"{_SEGMENTS}={given}: it is for an address, `s3://bucket/folder`; a disk that all "
            "nodes share needs no setting"
        )
    return given


class RayHelpers:
    """Actors on the cluster that ask a model together; they end with this process."""

    def __init__(self, ray: Any, model: Model, count: int) -> None:
        self.count = count
        self._ray, self._model = ray, model
        self._actors: dict[int, Any] = {}
        self._taking: dict[Any, int] = {}
        """The call of each that returns what it says next."""

    def start(self, number: int) -> None:
        """Start one, or another one in the place of one that died."""
        kind = self._ray.remote(concurrency_groups=_GROUPS, scheduling_strategy="SPREAD")(_Answerer)
        self._actors[number] = kind.remote()
        name = self._model.config.key_env
        keys = {name: read_key(self._model)} if name else {}
        self._call(number, "tell", "begin", self._model, keys)
        self._take(number)

    def tell(self, number: int, message: ToWorker) -> None:
        """Send a message; one that died gets none."""
        if number in self._actors:
            self._call(number, "tell", "tell", message)

    def wait(self) -> list[tuple[int, Any]]:
        """The next messages of any of them, one at least; None from one that died."""
        calls = list(self._taking)
        self._ray.wait(calls, num_returns=1)
        ready, _ = self._ray.wait(calls, num_returns=len(calls), timeout=0)
        return [said for call in ready for said in self._said(call)]

    def close(self) -> None:
        """End them all."""
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()
        self._taking.clear()

    def _said(self, call: Any) -> list[tuple[int, Any]]:
        number = self._taking.pop(call)
        try:
            messages = self._ray.get(call)
        except self._ray.exceptions.RayActorError:
            self._ray.kill(self._actors.pop(number))  # its node may only be out of reach
            return [(number, None)]
        self._take(number)
        return [(number, message) for message in messages]

    def _take(self, number: int) -> None:
        self._taking[self._call(number, "take", "take")] = number

    def _call(self, number: int, group: str, name: str, *arguments: Any) -> Any:
        method = getattr(self._actors[number], name)
        return method.options(concurrency_group=group).remote(*arguments)


_GROUPS = {"tell": 1, "take": 1}
"""What an actor does side by side; within a group one call after the other, in their order."""


class _Answerer:
    """An actor that answers requests in a thread of its own."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[ToWorker] = SimpleQueue()
        self._said: SimpleQueue[FromWorker] = SimpleQueue()

    def begin(self, model: Model, keys: dict[str, str]) -> None:
        """Get ready to ask a model, with the keys of the process that began the run."""
        os.environ.update(keys)
        work = (model, self._asked.get, self._said.put)
        threading.Thread(target=answer_requests, args=work, daemon=True).start()

    def tell(self, message: ToWorker) -> None:
        """Take a message."""
        self._asked.put(message)

    def take(self) -> list[FromWorker]:
        """All that there is to say, one message at least."""
        found = [self._said.get()]
        while not self._said.empty():
            found.append(self._said.get())
        return found


class RayWorkers:
    """Does parts as tasks of a Ray cluster."""

    def __init__(self, address: str | None = None) -> None:
        self._address = address

    def check_bucket(self, bucket: str) -> None:
        """Raise InputError where this process or a node cannot write and read in a bucket."""
        check_bucket(bucket)
        for node, problem in self._on_each(_problem, bucket):
            if problem:
                raise InputError(f"on the node {node}: {problem}")

    def _on_each(self, look: Callable[[str], Any], what: str) -> list[tuple[str, Any]]:
        """Every node's address, with what a look says there."""
        ray = self.connected()
        nodes = [node for node in ray.nodes() if node["Alive"]]
        looks = [_on(ray, node, look).remote(what) for node in nodes]
        try:
            said = ray.get(looks, timeout=_PATIENCE_SECONDS)
        except ray.exceptions.GetTimeoutError as exc:
            raise InputError(
                f"the Ray cluster started no worker on some node in {_PATIENCE_SECONDS} seconds; "
                "look at `ray status`"
            ) from exc
        return list(zip((node["NodeManagerAddress"] for node in nodes), said, strict=True))

    def check(self, folder: Path) -> None:
        """Raise InputError where the cluster cannot do parts that stand in a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        mark = folder / f".shared.{os.getpid()}"
        mark.touch()
        try:
            seen = self._on_each(_sees, str(mark.resolve()))
        finally:
            mark.unlink()
        if blind := [node for node, there in seen if not there]:
            raise InputError(
                f"{folder.resolve()}: the nodes {', '.join(blind)} do not see this folder, in "
                "which rows pass between workers; put runs on a disk that all nodes share (`--out`)"
            )

    def finish(self, task: Task, shared: Any, parts: Sequence[Any], folder: Path) -> None:
        """Do what is left; raises StageError where workers die of a part again and again."""
        left = parts_left(folder, len(parts))
        if not left:
            return
        ray = self.connected()
        together = ray.put(shared)
        work = ray.remote(max_retries=_RETRIES, num_cpus=1)(_do)
        running = {
            work.remote(task, together, parts[number], str(folder.resolve()), number): number
            for number in left
        }
        while running:
            (done,), _ = ray.wait(list(running), num_returns=1)
            number = running.pop(done)
            try:
                ray.get(done)
            except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as exc:
                raise StageError(_died(number, len(parts))) from exc
            except ray.exceptions.RayTaskError as exc:
                raise exc.cause from exc

    def close(self) -> None:
        """Ray stays connected; it ends with this process."""

    def connected(self) -> Any:
        """Ray, connected to the cluster; raises InputError where there is none."""
        if importlib.util.find_spec("ray") is None:
            raise InputError("Ray is not installed: `pip install 'tutelage[ray]'` on every node")
        import ray

        if not ray.is_initialized():
            _check_answers(self._address or os.environ.get("RAY_ADDRESS", ""))
            try:
                ray.init(
                    address=self._address,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    configure_logging=False,
                    include_dashboard=False,
                )
            except (RuntimeError, ConnectionError, ValueError) as exc:
                raise InputError(
                    f"no Ray cluster can be used for {self._address or 'this machine'}: "
                    f"{' '.join(str(exc).split())[:400]}"
                ) from exc
        return ray


def _check_answers(address: str) -> None:
    """Raise InputError where nothing listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        return
    try:
        socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()
    except (OSError, OverflowError) as exc:
        raise InputError(
            f"no Ray cluster answers at {address} ({exc}); start one there by `ray start --head` "
            "or leave the address out to use this machine"
        ) from exc


def _do(task: Task, shared: Any, part: Any, folder: str, number: int) -> None:
    add_user_folder()
    do_part(task, shared, part, Path(folder), number)


def _sees(file: str) -> bool:
    return Path(file).exists()


def _problem(bucket: str) -> str:
    """What is wrong with a bucket, seen from here."""
    try:
        check_bucket(bucket)
    except InputError as exc:
        return str(exc)
    return ""


def _on(ray: Any, node: dict[str, Any], look: Callable[[str], Any]) -> Any:
    """A look from one node."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    return ray.remote(num_cpus=0, scheduling_strategy=there)(look)


def _died(number: int, count: int) -> str:
    return (
        f"workers on the cluster died {_RETRIES + 1} times on part {number + 1} of {count}; likely "
        "it needs more memory than a worker has"
    )
