"""Leaves with fewer rows than wanted and why, and how far judges agree with people."""

from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table


def shortfalls(run: RunFolder) -> Table:
    """Leaves with fewer accepted rows than they want: stage, leaf, wanted, accepted, asked, why,
    rejected by reason, and how many cells of the leaf have less than their share."""
    return [
        {name: value for name, value in one.items() if name != "cells"}
        | {"stage": stage, "cells": len(one["cells"])}
        for stage in run.of_kind("rows")
        for one in run.stats(stage).get("short", [])
    ]


def judges(run: RunFolder) -> Table:
    """By stage and rubric: how often each grade was given, and agreement with people's labels."""
    table = []
    for stage in run.of_kind("rows"):
        stats: dict[str, Any] = run.stats(stage).get("judge", {})
        agreed = stats.get("agreement") or {}
        for rubric, grades in stats.get("grades", {}).items():
            own = agreed if agreed.get("rubric") == rubric else None
            table.append({"stage": stage, "rubric": rubric, "grades": grades, "agreement": own})
    return table
