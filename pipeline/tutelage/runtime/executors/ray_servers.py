"""Model servers on the nodes of a Ray cluster: an actor on a node starts one and keeps it up.

An actor ends with the run that started it, killed or not, and its server with the actor.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tutelage.core.errors import TerminalError
from tutelage.models.reference import Reference
from tutelage.models.serve import Serve, Server

_PATIENCE_SECONDS = 300
"""How long it may take until a node is free for a server."""


class NodeServer:
    """What an actor holds: a server at its node's address."""

    def start(
        self, serve: Serve, reference: Reference, number: int, address: Callable[[], str]
    ) -> str:
        """Start it and return its base URL."""
        self._server = Server(serve, reference, number, address())
        return self._server.url

    def wait(self) -> str:
        """As `Server.wait`."""
        return self._server.wait()

    def keep_up(self) -> None:
        """As `Server.keep_up`."""
        self._server.keep_up()

    def close(self) -> None:
        """As `Server.close`."""
        self._server.close()


class ServerOnNode:
    """A server that an actor holds; see `models.serve.Served`.

    Nodes take turns. Where the cluster has GPUs, one is chosen that has enough of them free.
    """

    def __init__(self, ray: Any, serve: Serve, reference: Reference, number: int) -> None:
        self._ray = ray
        gpus = serve.gpus if ray.cluster_resources().get("GPU") else 0
        kind = ray.remote(NodeServer).options(num_gpus=gpus, scheduling_strategy="SPREAD")
        self._actor = kind.remote()
        started = self._actor.start.remote(serve, reference, number, ray.util.get_node_ip_address)
        try:
            self.url = str(self._got(started, _PATIENCE_SECONDS))
        except BaseException:
            ray.kill(self._actor)
            raise

    def wait(self) -> str:
        """Wait until it answers; returns the model's name there. Raises TerminalError."""
        return str(self._got(self._actor.wait.remote()))

    def keep_up(self) -> None:
        """Start it again where it ended; of one whose node is lost the others do the work."""
        with suppress(self._ray.exceptions.RayActorError):
            try:
                self._ray.get(self._actor.keep_up.remote())
            except self._ray.exceptions.RayTaskError as exc:
                raise exc.cause from exc

    def close(self) -> None:
        """End the server, then the actor."""
        with suppress(self._ray.exceptions.RayError):  # it is gone, and its server with it
            self._ray.get(self._actor.close.remote())
        self._ray.kill(self._actor)

    def _got(self, call: Any, seconds: float | None = None) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(call, timeout=seconds)
        except errors.RayTaskError as exc:
            raise exc.cause from exc
        except errors.GetTimeoutError as exc:
            raise TerminalError(
                f"no node of the Ray cluster was free for a server in {seconds:.0f} seconds; look "
                "at `ray status`"
            ) from exc
        except errors.RayActorError as exc:
            raise TerminalError(f"the node of a server was lost before it answered: {exc}") from exc
