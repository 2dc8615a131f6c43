"""Energy that the machine used, where its counters could be read."""

from typing import Any

from tutelage.provenance.run_folder import RunFolder

_JOULES_PER_KWH = 3.6e6


def energy(run: RunFolder) -> dict[str, Any]:
    """`kwh` over the stages that were measured (null where none was), and each stage's by source.

    What the results took to make, whenever that was; work behind an endpoint is not in it.
    """
    stages = [
        {"stage": name, "joules": made["joules"]}
        for name, made in run.manifests.items()
        if made.get("joules")
    ]
    joules = sum(sum(stage["joules"].values()) for stage in stages)
    return {
        "kwh": joules / _JOULES_PER_KWH if stages else None,
        "sources": sorted({source for stage in stages for source in stage["joules"]}),
        "by_stage": stages,
        "not_measured": [name for name, made in run.manifests.items() if not made.get("joules")],
    }
