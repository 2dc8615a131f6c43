"""Rows as prompts for reinforcement learning: each once, with all that its answers are held to."""

from collections.abc import Sequence
from typing import Any

from tutelage.core.artifacts import Row, prompt_of
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Taxonomy


def check_enough(prompts: Sequence[Row], batch_size: int) -> None:
    """Raise RowsError for prompts that fill no step: TRL leaves out what is left of one."""
    if len(prompts) < batch_size:
        raise RowsError(
            f"{len(prompts)} prompts to train on, and a step takes {batch_size}; give more "
            "prompts, or a smaller `batch_size`"
        )


def as_prompts(rows: Sequence[Row], taxonomy: Taxonomy | None) -> tuple[list[Row], int]:
    """The rows with their `prompt` alone, and how many were left out because they repeat one.

    What the leaf demands of answers goes into the row's own `verify`, and what it is about into
    `task`, so that a row brings all that a verifier or a judge is shown.
    """
    leaves = {leaf.path: leaf for leaf in taxonomy.leaves} if taxonomy else {}
    tasks = taxonomy.tasks if taxonomy else {}
    found: dict[str, Row] = {}
    for row in rows:
        prompt = prompt_of(row)
        name = digest(prompt)
        if name in found:
            continue
        leaf = leaves.get(row["leaf"])
        demands: list[Any] = [*(leaf.verify if leaf else ()), *(row.get("verify") or ())]
        more = {"prompt": prompt, "task": tasks.get(row["leaf"], "")}
        found[name] = row | more | ({"verify": demands} if demands else {})
    return list(found.values()), len(rows) - len(found)
