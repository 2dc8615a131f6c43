"""A Ray cluster of two nodes on this machine, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def two_nodes() -> Iterator[str]:
    """The address of a cluster that is there inside; skips the test where Ray is not."""
    ray = pytest.importorskip("ray")
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    head = {"num_cpus": 1, "include_dashboard": False}
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    try:
        cluster.add_node(num_cpus=1)
        yield str(cluster.address)
    finally:
        ray.shutdown()
        cluster.shutdown()
