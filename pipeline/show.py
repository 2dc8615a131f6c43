"""What `tutelage show` prints: a run's outcome and funnel, a stage's rows, one row's history."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from pipeline.artifacts import Row, read_rows
from pipeline.errors import InputError
from pipeline.models.journal import Journal
from pipeline.store import MANIFEST

_SHOWN = ("context", "attributes", "prompt", "completion", "chosen", "rejected", "reason")
"""Columns of a row that a reader sees, in this order."""


def show_run(folder: Path) -> RenderableType:
    """The outcome and the funnel of a run."""
    from pipeline.report import build_report, summary

    if not (folder / "run.json").exists():
        raise InputError(f"{folder}: no run here; give a run's folder or its name under runs/")
    table = Table("stage", "rows in", "kept", "rejected, by reason", box=None, pad_edge=False)
    for name, manifest in _manifests(folder):
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
        why = ", ".join(f"{reason} {n}" for reason, n in sorted(counts["rejected"].items()))
        parts.append(Text(f"  {leaf}: {counts['kept']} of {counts['rows_in']} kept; {why}"))
    for name in ("kept", "rejected"):
        file = place / f"{name}.parquet"
        if file.exists():
            parts += [_row_panel(row, name) for row in _spread(read_rows(file), rows)]
    return Group(*parts)


def show_row(folder: Path, name: str) -> RenderableType:
    """A row and everything it came from: parents, prompt, model, verdicts and cost."""
    found = _all_rows(folder)
    if name not in found:
        raise InputError(f"{folder}: no stage and no row '{name}'")
    store = next(iter(_manifests(folder)), None)
    journal_file = (folder / store[0]).resolve().parent / "journal.sqlite" if store else None
    journal = Journal(journal_file) if journal_file and journal_file.exists() else None
    tree = Tree(Text(name))
    _grow(tree, name, found, journal, depth=0)
    return tree


def _grow(
    tree: Tree, name: str, found: dict[str, tuple[str, Row]], journal: Any, depth: int
) -> None:
    stage, row = found.get(name, ("taxonomy", {}))
    tree.add(Text(f"made by: {stage}"))
    for column in ("leaf", *_SHOWN):
        if row.get(column):
            tree.add(Text(f"{column}: {_plain(row[column])}"))
    for verdict in row.get("verdicts") or []:
        word = "keep" if verdict["keep"] else "reject"
        tree.add(Text(f"verdict of {verdict['by']}: {word} {verdict.get('reason') or ''}"))
    for key in (row.get("trace") or {}).get("keys", []):
        entry = journal.show(key) if journal else None
        if entry:
            branch = tree.add(Text(f"asked {row['trace'].get('model')} ({_cost(entry['usage'])})"))
            for turn in entry["messages"]:
                branch.add(Text(f"{turn['role']}: {turn['content']}"))
            branch.add(Text(f"answer: {entry['text']}"))
    if depth < 8:
        for parent in row.get("parents") or []:
            _grow(tree.add(Text(f"from {parent}")), parent, found, journal, depth + 1)


def _all_rows(folder: Path) -> dict[str, tuple[str, Row]]:
    """Rows by id; where a later stage passed a row on, its last form counts."""
    rows: dict[str, tuple[str, Row]] = {}
    for stage, _ in _manifests(folder):
        for name in ("rejected", "kept"):
            file = folder / stage / f"{name}.parquet"
            if file.exists():
                rows |= {row["id"]: (stage, row) for row in read_rows(file)}
    return rows


def _manifests(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The stages of a run's last invocation, in order."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    for stage in run["stages"]:
        file = folder / stage["name"] / MANIFEST
        if file.exists():
            yield stage["name"], json.loads(file.read_text(encoding="utf-8"))


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
    lines = [f"{column}: {_plain(row[column])}" for column in _SHOWN if row.get(column)]
    return Panel(Text("\n".join(lines)), title=escape(f"{name}: {row['id']} ({row['leaf']})"))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " / ".join(f"[{turn['role']}] {turn['content']}" for turn in value)
    return str(value)


def _cost(usage: dict[str, Any]) -> str:
    usd = "price unknown" if usage["usd"] is None else f"{usage['usd']} USD"
    return (
        f"{usage['input_tokens']}+{usage['output_tokens']} tokens, {usage['seconds']:.2f} s, {usd}"
    )
