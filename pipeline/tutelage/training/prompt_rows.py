"""Rows as prompts for reinforcement learning: each once, with all that its answers are held to."""

from collections.abc import Sequence
from typing import Any

from tutelage.core.artifacts import Row, prompt_of, tools_of
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.taxonomy.tool import tool_of_schema
from tutelage.verifiers.ground_truth import own_verify


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
    `task`, so that a row brings all that a verifier or a judge is shown. Of a trace of tool use the
    first turn is wanted: the call that it begins with, which no demand on answers in words
    concerns, or none. Raises RowsError for `tools` that are none.
    """
    leaves = {leaf.path: leaf for leaf in taxonomy.leaves} if taxonomy else {}
    tasks = taxonomy.tasks if taxonomy else {}
    found: dict[str, Row] = {}
    for row in rows:
        prompt = prompt_of(row)
        tools = _checked_tools(row)
        name = digest(prompt, tools)
        if name in found:
            continue
        leaf = leaves.get(row["leaf"])
        demands = _demands(row, leaf, prompt)
        more = {"prompt": prompt, "task": tasks.get(row["leaf"], "")}
        found[name] = row | more | ({"verify": demands} if demands else {})
    return list(found.values()), len(rows) - len(found)


def _demands(row: Row, leaf: Leaf | None, prompt: Sequence[Any]) -> list[Any]:
    """What is demanded of an answer to a row's prompt."""
    own = own_verify(row)
    demands: list[Any] = [*(leaf.verify if leaf else ()), *own]
    if own or not isinstance(row.get("tool"), str) or not row.get("messages"):
        return demands
    answer = row["messages"][len(prompt) :]
    calls = [call for turn in answer for call in turn.get("tool_calls") or []]
    if not calls:
        return [*demands, {"tool_call": {"none": True}}]
    function = calls[0].get("function") or calls[0]
    return [{"tool_call": {"name": function["name"], "arguments": function.get("arguments") or {}}}]


def _checked_tools(row: Row) -> list[Any]:
    """A row's tools; raises RowsError where one is none."""
    try:
        tools = tools_of(row)
        for tool in tools:
            tool_of_schema(tool)
    except (ValueError, TypeError) as exc:  # no JSON text, no list, or no tool
        raise RowsError(f"row {row.get('id')}: `tools`: {exc}") from exc
    return tools
