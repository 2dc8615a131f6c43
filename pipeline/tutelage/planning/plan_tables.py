"""A plan as tables for people, and as JSON for programs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tutelage.planning.checks import Checks
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.planning.pilot_results import Measured
from tutelage.planning.plan_line import PlanLine
from tutelage.recipe.recipe import Recipe
from tutelage.runtime.keys import TO_DO
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_COUNTS = ("requests", "input_tokens", "output_tokens")
_COLUMNS = (*_COUNTS, "usd", "seconds")


def to_json(
    recipe: Recipe, lines: list[PlanLine], checks: Checks, pilot: Measured | None
) -> dict[str, Any]:
    """What `tutelage plan --json` prints; spans as low, likely, high, null where unknown."""
    return {
        "schema": 1,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "stages": [_line_to_json(line) for line in lines],
        "total": _spans(_COLUMNS, lambda name: _total(lines, name)),
        "models": [
            {"name": m.name, "ref": m.reference, "engine": m.engine, "ready": m.ready}
            for m in checks.models
        ],
        "disk": {"free_bytes": checks.disk_free, "needed_bytes": checks.disk_needed},
        "pilot": None if pilot is None else _pilot_to_json(pilot),
        "warnings": checks.warnings,
        "problems": checks.problems,
    }


def tables(
    recipe: Recipe,
    taxonomy: Taxonomy | None,
    lines: list[PlanLine],
    checks: Checks,
    pilot: Measured | None,
) -> RenderableType:
    """Stages, models, leaves, disk, and what a run would cost from low to high."""
    parts: list[RenderableType] = [Text(f"{recipe.name}, seed {recipe.seed}"), Text()]
    parts += [_needs(lines), Text(), _work(lines), Text(), _models(checks)]
    if taxonomy is not None:
        parts += [Text(), _leaves(taxonomy)]
    disk = checks.disk_needed
    needed = "unknown" if disk is None else f"{_gigabytes(disk)} GB"
    parts += [Text(), Text(f"disk: {needed} needed, {_gigabytes(checks.disk_free)} GB free")]
    if pilot is not None:
        parts += [Text(line) for line in _pilot_in_words(pilot)]
    parts += [Text(f"warning: {text}") for text in checks.warnings]
    return Group(*parts)


def _work(lines: list[PlanLine]) -> Table:
    """What each stage does: requests, tokens, rows."""
    table = _table("stage", "requests", "tokens in", "tokens out", "rows")
    for line in lines:
        rows = words(line.rows, _count) if line.rows else ""
        table.add_row(line.name, *_figures([line], _WORK), rows)
    if any(line.state == TO_DO for line in lines):
        table.add_row("all", *_figures(lines, _WORK), "")
    return table


def _needs(lines: list[PlanLine]) -> Table:
    """What each stage takes: money, time, memory; and what the forecast of it rests on."""
    table = _table("stage", "from", "USD", "time", "memory, GB")
    for line in lines:
        memory = words(line.memory, _gigabytes) if line.memory and line.state == TO_DO else ""
        source = line.source if line.state == TO_DO else line.state
        table.add_row(line.name, source, *_figures([line], _NEEDS), memory)
    if any(line.state == TO_DO for line in lines):
        table.add_row("all", "", *_figures(lines, _NEEDS), "")
    return table


def _table(name: str, *columns: str) -> Table:
    """A table that is whole in 80 columns: figures go on below each other, names are never cut."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(name, no_wrap=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _figures(lines: list[PlanLine], ways: Mapping[str, Callable[[float], str]]) -> Iterable[str]:
    for name, way in ways.items():
        span = _total(lines, name)
        yield "" if span == NOTHING else words(span, way)


def _total(lines: list[PlanLine], name: str) -> Estimate | None:
    """The sum over the stages to do; unknown where that of one is."""
    whole = NOTHING
    for line in lines:
        span: Estimate | None = getattr(line, name) if line.state == TO_DO else NOTHING
        if span is None:
            return None
        whole += span
    return whole


def words(span: Estimate | None, way: Callable[[float], str]) -> str:
    """`120 (90-160)`, or `unknown`."""
    if span is None:
        return "unknown"
    low, likely, high = way(span.low), way(span.expected), way(span.high)
    return likely if low == likely == high else f"{likely} ({low}–{high})"


def _count(value: float) -> str:
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= scale:
            scaled = value / scale
            return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"
    return f"{value:.0f}"


def _usd(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 or not value else "<0.01"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f}s"
    if seconds < 6000:
        return f"{seconds / 60:.0f}min"
    return f"{seconds / 3600:.1f}h" if seconds < 36_000 else f"{seconds / 3600:.0f}h"


def _gigabytes(value: float) -> str:
    return f"{value / 1e9:.1f}"


_WORK = {"requests": _count, "input_tokens": _count, "output_tokens": _count}
_NEEDS = {"usd": _usd, "seconds": _time}


def _models(checks: Checks) -> Table:
    table = _table("model", "reference", "engine", "")
    for model in checks.models:
        table.add_row(model.name, Text(model.reference), model.engine, Text(model.ready))
    return table


def _leaves(taxonomy: Taxonomy) -> Table:
    table = _table("leaf", "seeds", "held out", "documents", "rows wanted")
    for leaf in taxonomy.leaves:
        table.add_row(*_leaf(leaf))
    return table


def _leaf(leaf: Leaf) -> tuple[str, ...]:
    counts = (len(leaf.seeds), len(leaf.eval_examples), len(leaf.documents))
    return (leaf.path, *map(str, counts), str(leaf.samples or ""))


def _pilot_in_words(pilot: Measured) -> Iterable[str]:
    sent = pilot.sent
    cost = "price unknown" if sent.usd is None else f"${float(sent.usd):.4f}"
    where = ", ".join(f"{name} {count}" for name, count in pilot.sent_by.items())
    yield (
        f"pilot: {sent.requests} requests sent in {pilot.seconds:.0f} s, {cost}; "
        "the run will not send them again"
    )
    if where:
        yield f"pilot: {pilot.tries} rows tried per stage took these requests: {where}"
    for name, why in pilot.empty.items():
        yield (
            f"warning: pilot: stage '{name}' {why}; where the run does no better, it stops there. "
            "Its forecast, and those of the stages after it, rest on no row"
        )
    for name, why in pilot.failures.items():
        yield f"not piloted: {name}: {why}"


def _line_to_json(line: PlanLine) -> dict[str, Any]:
    verdict = line.verdict
    return {
        "name": line.name,
        "use": line.use,
        "state": line.state,
        "source": line.source,
        **_spans(("rows", *_COLUMNS), lambda name: getattr(line, name)),
        "memory_bytes": _json(line.memory, whole=True),
        "fits": None if verdict is None else verdict.fits,
    }


def _pilot_to_json(pilot: Measured) -> dict[str, Any]:
    return {
        "tries_per_stage": pilot.tries,
        "sent": pilot.sent.to_json(),
        "sent_by_stage": pilot.sent_by,
        "seconds": pilot.seconds,
        "failures": pilot.failures,
        "empty": pilot.empty,
    }


def _spans(names: Iterable[str], of: Callable[[str], Estimate | None]) -> dict[str, Any]:
    """Spans by name; what is counted in whole numbers."""
    return {name: _json(of(name), whole=name in ("rows", *_COUNTS)) for name in names}


def _json(span: Estimate | None, *, whole: bool) -> dict[str, float] | None:
    if span is None:
        return None
    return {name: round(value) if whole else value for name, value in span.to_json().items()}
