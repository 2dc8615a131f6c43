"""What `tutelage show` prints of a run: its outcome and funnel, or a stage's rows and figures."""

import json
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.artifacts import STATS, Row, read_rows
from pipeline.errors import InputError
from pipeline.lineage import COLUMNS, manifests, plain
from pipeline.store import MANIFEST


def show_run(folder: Path) -> RenderableType:
    """The outcome and the funnel of a run."""
    from pipeline.report import build_report, summary

    if not (folder / "run.json").exists():
        raise InputError(f"{folder}: no run here; give a run's folder or its name under runs/")
    table = Table("stage", "rows in", "kept", "rejected, by reason", box=None, pad_edge=False)
    for name, manifest in manifests(folder):
        asked, kept, reasons = _totals(manifest["funnel"])
        if asked:
            why = ", ".join(f"{reason} {n}" for reason, n in reasons.items())
            table.add_row(name, str(asked), str(kept), escape(why))
    return Group(summary(build_report(folder)), Text(), table)


def show_stage(folder: Path, stage: str, rows: int) -> RenderableType:
    """What a stage made: counts by leaf and some rows, kept and rejected."""
    place = folder / stage
    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    parts: list[RenderableType] = [Text(f"{stage}: {manifest['use']}, {manifest['seconds']:.0f} s")]
    for leaf, counts in manifest["funnel"].items():
        why = [f"{reason} {n}" for reason, n in sorted(counts["rejected"].items())]
        kept = f"{counts['kept']} of {counts['rows_in']} kept"
        parts.append(Text(f"  {leaf}: {kept}" + (f"; {', '.join(why)}" if why else "")))
    parts += _figures(place)
    for name in ("kept", "rejected"):
        file = place / f"{name}.parquet"
        if file.exists():
            parts += [_row_panel(row, name) for row in _spread(read_rows(file), rows)]
    return Group(*parts)


def _figures(place: Path) -> list[RenderableType]:
    """What fell short and why, how a judge graded and agreed with people, whence pairs are."""
    file = place / STATS
    stats = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    parts: list[RenderableType] = [
        Text(f"  short: {one['leaf']}: {one['accepted']} of {one['wanted']}, {one['why']}")
        for one in stats.get("short", [])
    ]
    for topic in ("judge", "pairs"):
        parts += [
            Text(f"  {topic} {name}: {value}") for name, value in stats.get(topic, {}).items()
        ]
    return parts + _diversity(stats.get("diversity", []))


def _diversity(figures: list[dict[str, Any]]) -> list[RenderableType]:
    """Every figure over all leaves, before and after; what is measured once has one value."""
    values = {(f["metric"], f["when"]): f["value"] for f in figures if f["leaf"] == "*"}
    if not values:
        return []
    table = Table("diversity, all leaves", "before", "after", box=None, pad_edge=False)
    for metric in dict.fromkeys(metric for metric, _ in values):
        cells = (values.get((metric, when)) for when in ("before", "after"))
        table.add_row(metric, *("" if value is None else f"{value:.4g}" for value in cells))
    return [table]


def _totals(funnel: dict[str, Any]) -> tuple[int, int, dict[str, int]]:
    reasons: dict[str, int] = {}
    for counts in funnel.values():
        for reason, n in counts["rejected"].items():
            reasons[reason] = reasons.get(reason, 0) + n
    asked = sum(counts["rows_in"] for counts in funnel.values())
    kept = sum(counts["kept"] for counts in funnel.values())
    return asked, kept, dict(sorted(reasons.items(), key=lambda item: -item[1]))


def _spread(rows: list[Row], count: int) -> list[Row]:
    step = max(1, len(rows) // max(count, 1))
    return rows[::step][:count]


def _row_panel(row: Row, name: str) -> Panel:
    lines = [f"{column}: {plain(row[column])}" for column in COLUMNS if row.get(column)]
    return Panel(Text("\n".join(lines)), title=escape(f"{name}: {row['id']} ({row['leaf']})"))
