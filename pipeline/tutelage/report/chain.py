"""Chains of stages: which share of rows passes each step, and the product of all."""

import math
from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table

_MAIN = "rows"
"""The input that a row comes along; others are looked at, not gone through."""


def chains(run: RunFolder) -> Table:
    """For each stage whose rows are trained on, else the last ones: the steps that led there.

    A step: `stage`, `rows_in`, `kept`, `share`; `product` is the share of rows that pass all of
    them, were they independent. A step that makes several rows of one has its own share.
    """
    found = []
    for end in _ends(run):
        steps = [line for name in _path(run, end) if (line := _step(run, name))]
        if len(steps) > 1:
            product = math.prod(line["share"] for line in steps)
            found.append({"end": end, "steps": steps, "product": product})
    return found


def _ends(run: RunFolder) -> list[str]:
    rows = run.of_kind("rows")
    trained = {name for stage in run.of_kind("checkpoint") for name in run.sources(stage)}
    if ends := [name for name in rows if name in trained]:
        return ends
    used = {name for stage in rows for name in run.sources(stage)}
    return [name for name in rows if name not in used]


def _path(run: RunFolder, end: str) -> list[str]:
    """The stages from the first to the end, along the first of each one's rows."""
    path, waiting = list[str](), end
    while waiting and waiting not in path:
        path.append(waiting)
        given = run.manifests.get(waiting, {}).get("inputs", {}).get(_MAIN) or [{}]
        waiting = str(given[0].get("stage") or "")
    return path[::-1]


def _step(run: RunFolder, stage: str) -> dict[str, Any] | None:
    lines = run.manifests.get(stage, {}).get("funnel", {}).values()
    kept, rows_in = (sum(line[name] for line in lines) for name in ("kept", "rows_in"))
    if not rows_in:
        return None
    return {"stage": stage, "rows_in": rows_in, "kept": kept, "share": kept / rows_in}
