"""What rewriting, conversing and tool use came to, in words, for the report."""

from collections.abc import Callable
from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import percent


def writing_section(run: RunFolder) -> Table:
    """By stage that rewrote rows, held conversations or used tools: its figures and `words`."""
    return [
        {"stage": stage, "kind": kind, "figures": figures, "words": in_words(figures)}
        for stage in run.of_kind("rows")
        for kind, in_words in _KINDS.items()
        if (figures := run.stats(stage).get(kind))
    ]


def _rewritten(figures: dict[str, Any]) -> str:
    given, made = figures["given"], figures["rewritten"]
    share = f" ({percent(made / given)})" if given else ""
    text = f"{made} of {given} rows were written anew by `{figures['way']}`{share}"
    if length := figures.get("mean_words"):
        text += f"; their length went from {length['before']:.0f} to {length['after']:.0f} words"
    return f"{text}."


def _conversed(figures: dict[str, Any]) -> str:
    ends = figures["stopped"]
    why = _counted(ends)
    return f"{sum(ends.values())} conversations, which ended because of: {why}." if ends else ""


def _used_tools(figures: dict[str, Any]) -> str:
    tools = dict(figures["by_tool"])
    without = tools.pop("none", 0)
    return (
        f"Traces that call a tool: {_counted(tools) or 'none'}; that rightly call none: {without}."
    )


def _counted(counts: dict[str, int]) -> str:
    """Names with their counts, the most frequent first."""
    return ", ".join(f"{name} ({n})" for name, n in sorted(counts.items(), key=lambda x: -x[1]))


_KINDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "rewrite": _rewritten,
    "converse": _conversed,
    "tools": _used_tools,
}
"""By the name in a stage's `stats.json`, the words for its figures."""
