"""A plan as tables for people, and as JSON for programs."""

from collections.abc import Callable, Iterable
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.forecast import NOTHING, Span
from pipeline.keys import TO_DO
from pipeline.plan.checks import Checks
from pipeline.plan.estimate import Line
from pipeline.plan.measured import Measured
from pipeline.recipe import Recipe
from pipeline.taxonomy import Leaf, Taxonomy

_COLUMNS = ("requests", "input_tokens", "output_tokens", "usd", "seconds")


def to_json(
    recipe: Recipe, lines: list[Line], checks: Checks, pilot: Measured | None
) -> dict[str, Any]:
    """What `tutelage plan --json` prints; spans as low, likely, high, null where unknown."""
    return {
        "schema": 1,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "stages": [_line_to_json(line) for line in lines],
        "total": {name: _json(_total(lines, name)) for name in _COLUMNS},
        "models": [
            {"name": m.name, "ref": m.reference, "engine": m.engine, "ready": m.ready}
            for m in checks.models
        ],
        "disk": {"free_bytes": checks.disk_free, "needed_bytes": checks.disk_needed},
        "pilot": None if pilot is None else _pilot_to_json(pilot),
        "problems": checks.problems,
    }


def tables(
    recipe: Recipe,
    taxonomy: Taxonomy | None,
    lines: list[Line],
    checks: Checks,
    pilot: Measured | None,
) -> RenderableType:
    """Stages, models, leaves, disk, and what a run would cost from low to high."""
    parts: list[RenderableType] = [Text(f"{recipe.name}, seed {recipe.seed}"), Text()]
    parts += [_stages(lines), Text(), _models(checks)]
    if taxonomy is not None:
        parts += [Text(), _leaves(taxonomy)]
    needed = "unknown" if checks.disk_needed is None else _bytes(checks.disk_needed)
    parts += [Text(), Text(f"disk: {needed} needed, {_bytes(checks.disk_free)} free")]
    if pilot is not None:
        parts += [Text(line) for line in _pilot_in_words(pilot)]
    return Group(*parts)


def _stages(lines: list[Line]) -> Table:
    table = Table(
        "stage",
        "",
        "requests",
        "tokens in",
        "tokens out",
        "USD",
        "time",
        "memory",
        "rows",
        "from",
        box=None,
        pad_edge=False,
    )
    for line in lines:
        if line.state != TO_DO:
            rows = words(line.rows, _count) if line.rows else ""
            table.add_row(line.name, line.state, *[""] * 6, rows, "")
            continue
        table.add_row(
            line.name,
            line.state,
            *_figures([line]),
            words(line.memory, _bytes) if line.memory else "",
            words(line.rows, _count) if line.rows else "",
            line.source,
        )
    table.add_row("all", "", *_figures(lines), "", "", "")
    return table


def _figures(lines: list[Line]) -> Iterable[str]:
    ways: tuple[Callable[[float], str], ...] = (_count, _count, _count, _usd, _time)
    for name, way in zip(_COLUMNS, ways, strict=True):
        span = _total(lines, name)
        yield "" if span == NOTHING else words(span, way)


def _total(lines: list[Line], name: str) -> Span | None:
    """The sum over the stages to do; unknown where that of one is."""
    whole = NOTHING
    for line in lines:
        span: Span | None = getattr(line, name) if line.state == TO_DO else NOTHING
        if span is None:
            return None
        whole += span
    return whole


def words(span: Span | None, way: Callable[[float], str]) -> str:
    """`120 (90-160)`, or `unknown`."""
    if span is None:
        return "unknown"
    low, likely, high = way(span.low), way(span.likely), way(span.high)
    return likely if low == likely == high else f"{likely} ({low}–{high})"


def _count(value: float) -> str:
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            scale = {"G": 1e9, "M": 1e6, "k": 1e3}[unit]
            return f"{value / scale:.3g}{unit}"
    return f"{value:.0f}"


def _usd(value: float) -> str:
    return f"{value:.2f}" if value >= 1 else f"{value:.2g}"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _bytes(value: float) -> str:
    return f"{value / 1e9:.1f} GB"


def _models(checks: Checks) -> Table:
    table = Table("model", "reference", "engine", "", box=None, pad_edge=False)
    for model in checks.models:
        table.add_row(model.name, Text(model.reference), model.engine, Text(model.ready))
    return table


def _leaves(taxonomy: Taxonomy) -> Table:
    columns = ("leaf", "kind", "seeds", "held out", "documents", "rows wanted")
    table = Table(*columns, box=None, pad_edge=False)
    for leaf in taxonomy.leaves:
        table.add_row(*_leaf(leaf))
    return table


def _leaf(leaf: Leaf) -> tuple[str, ...]:
    counts = (len(leaf.seeds), len(leaf.held), len(leaf.documents))
    return (leaf.path, leaf.kind, *map(str, counts), str(leaf.samples or ""))


def _pilot_in_words(pilot: Measured) -> Iterable[str]:
    sent = pilot.sent
    cost = "price unknown" if sent.usd is None else f"${float(sent.usd):.4f}"
    yield (
        f"pilot: {sent.requests} requests sent in {pilot.seconds:.0f} s, {cost}; "
        "the run will not send them again"
    )
    for name, why in pilot.failures.items():
        yield f"not piloted: {name}: {why}"


def _line_to_json(line: Line) -> dict[str, Any]:
    spans = {name: _json(getattr(line, name)) for name in ("rows", *_COLUMNS)}
    verdict = line.verdict
    return {
        "name": line.name,
        "use": line.use,
        "state": line.state,
        "source": line.source,
        **spans,
        "memory_bytes": _json(line.memory),
        "fits": None if verdict is None else verdict.fits,
    }


def _pilot_to_json(pilot: Measured) -> dict[str, Any]:
    return {
        "requests_per_stage": pilot.requests,
        "sent": pilot.sent.to_json(),
        "seconds": pilot.seconds,
        "failures": pilot.failures,
    }


def _json(span: Span | None) -> dict[str, float] | None:
    return None if span is None else span.to_json()
