"""The nodes of a Ray cluster as machines of a training: an actor on each holds a process.

An actor ends with the run that started it, killed or not; what it holds ends with the actor.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tutelage.contract.machines import Command
from tutelage.core.errors import InputError, StageError
from tutelage.runtime.executors.machine_process import MachineProcess

_PATIENCE_SECONDS = 300
"""How long it may take until so many nodes are free, and have started their actors."""
_END_SECONDS = 20
"""How long processes may take to end that are asked to."""


class RayMachines:
    """The nodes of a cluster, connected to when they are needed."""

    def __init__(self, connected: Callable[[], Any]) -> None:
        self._connected = connected

    @property
    def address(self) -> str:
        """This node's, as the others reach it."""
        return str(self._connected().util.get_node_ip_address())

    def gather(self, count: int, gpus: int) -> "RayGang":
        """So many nodes; raises StageError where they are not free."""
        return RayGang(self._connected(), count, gpus)

    def check(self, count: int, gpus: int) -> None:
        """Raise InputError where the cluster does not have so many."""
        nodes = [node for node in self._connected().nodes() if node["Alive"]]
        there = len(nodes)
        if any(node["Resources"].get("GPU") for node in nodes):
            there = sum(node["Resources"].get("GPU", 0) >= gpus for node in nodes)
        if there < count:
            raise InputError(
                f"`accelerate: {{machines: {count}}}`: the Ray cluster has {there} nodes for it; "
                "add some, or set a smaller number"
            )


class RayGang:
    """Nodes held by a placement group, an actor on each."""

    def __init__(self, ray: Any, count: int, gpus: int) -> None:
        self._ray = ray
        self._actors: list[Any] = []
        self._ends: dict[Any, int] = {}
        """The call of each that returns its code."""
        self._codes: dict[int, int | None] = {}
        wanted = {"CPU": 1.0}
        if ray.cluster_resources().get("GPU"):
            wanted["GPU"] = float(gpus)
        self._group = ray.util.placement_group([wanted] * count, strategy="STRICT_SPREAD")
        try:
            if not self._group.wait(_PATIENCE_SECONDS):
                raise StageError(
                    f"no {count} nodes of the Ray cluster were free for the training in "
                    f"{_PATIENCE_SECONDS} seconds; look at `ray status`"
                )
            self._actors = [self._actor(number, wanted) for number in range(count)]
            self.addresses = self._found()
            self.port = self._get([self._actors[0].free_port.remote()])[0]
        except BaseException:
            self.close()
            raise

    def start(self, commands: Sequence[Command]) -> None:
        """Start a command on each; raises StageError."""
        pairs = list(zip(self._actors, commands, strict=True))
        self._get([actor.start.remote(command) for actor, command in pairs])
        self._ends = {actor.code.remote(): number for number, actor in enumerate(self._actors)}

    def codes(self) -> dict[int, int | None]:
        """The exit codes so far, in the order in which they were seen."""
        if self._ends:
            calls = list(self._ends)
            done, _ = self._ray.wait(calls, num_returns=len(calls), timeout=0)
            for call in done:
                self._codes[self._ends.pop(call)] = self._code(call)
        return self._codes

    def close(self) -> None:
        """End the processes, then the actors, and free the nodes."""
        if stops := [actor.stop.remote() for actor in self._actors]:
            self._ray.wait(stops, num_returns=len(stops), timeout=_END_SECONDS)
        for actor in self._actors:
            self._ray.kill(actor)
        self._ray.util.remove_placement_group(self._group)

    def _actor(self, number: int, wanted: dict[str, float]) -> Any:
        strategies = self._ray.util.scheduling_strategies
        place = strategies.PlacementGroupSchedulingStrategy(self._group, number)
        kind = self._ray.remote(MachineProcess).options(
            num_cpus=wanted["CPU"],
            num_gpus=wanted.get("GPU", 0),
            max_concurrency=2,  # it is stopped while its code is waited for
            scheduling_strategy=place,
        )
        return kind.remote()

    def _found(self) -> list[str]:
        """The addresses of the nodes that were found."""
        table = self._ray.util.placement_group_table(self._group)["bundles_to_node_id"]
        known = {node["NodeID"]: node["NodeManagerAddress"] for node in self._ray.nodes()}
        return [known[table[number]] for number in range(len(self._actors))]

    def _get(self, calls: list[Any]) -> list[Any]:
        errors = self._ray.exceptions
        try:
            return list(self._ray.get(calls, timeout=_PATIENCE_SECONDS))
        except errors.RayTaskError as exc:
            raise exc.cause from exc
        except (errors.RayActorError, errors.GetTimeoutError) as exc:
            raise StageError(f"a node of the Ray cluster did not start its part: {exc}") from exc

    def _code(self, call: Any) -> int | None:
        try:
            return int(self._ray.get(call))
        except self._ray.exceptions.RayActorError:
            return None
