"""What `tutelage show` prints of a run: its outcome and funnel, or a stage's rows and figures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tutelage.accounting.ledger import Usage, total
from tutelage.core.artifacts import Row
from tutelage.core.errors import TutelageError
from tutelage.core.row_shards import count_rows
from tutelage.core.store import MANIFEST
from tutelage.provenance.lineage import in_words, told
from tutelage.provenance.run_folder import RunFolder
from tutelage.stages import find_stage


def show_run(run: RunFolder) -> RenderableType:
    """The outcome and the funnel of a run."""
    from tutelage.report.report_data import report_of
    from tutelage.report.tables import by_stage
    from tutelage.report.terminal import summary

    report = report_of(run)
    table = Table("stage", "rows in", "kept", "rejected, by reason", box=None, pad_edge=False)
    for stage in by_stage(report):
        why = ", ".join(f"{one['reason']} {one['n']}" for one in stage["reasons"])
        table.add_row(stage["name"], str(stage["rows_in"]), str(stage["kept"]), escape(why))
    return Group(summary(report), Text(), table)


def show_stage(run: RunFolder, stage: str, rows: int) -> RenderableType:
    """What a stage made: counts by leaf and some rows, kept and rejected, or scores."""
    manifest = run.manifests[stage]
    head = Text(f"{stage}: {manifest['use']}, {manifest['seconds']:.0f} s")
    parts: list[RenderableType] = [head, *_how(manifest)]
    for leaf, counts in manifest["funnel"].items():
        why = [f"{reason} {n}" for reason, n in sorted(counts["rejected"].items())]
        kept = f"{counts['kept']} of {counts['rows_in']} kept"
        parts.append(Text(f"  {leaf}: {kept}" + (f"; {', '.join(why)}" if why else "")))
    parts += _figures(run.stats(stage))
    if stage in run.evaluations():
        from tutelage.report.terminal import scores

        parts.append(scores(run.scores_of(stage).table))
    for name in ("kept", "rejected"):
        parts += [_row_panel(row, name) for row in _spread(run, stage, name, rows)]
    return Group(*parts)


def show_made(folder: Path, rows: int) -> RenderableType:
    """The same of a folder with the result of one stage, of a run or used alone."""
    place = folder.resolve()
    return show_stage(_alone(place), place.name, rows)


def _alone(place: Path) -> RunFolder:
    """A stage's folder as a run of that stage alone."""
    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    return RunFolder(place.parent, {}, {place.name: manifest})


def stage_facts(run: RunFolder, stage: str, rows: int) -> dict[str, Any]:
    """What a stage made, as data: its manifest, figures, scores, and some rows of each kind."""
    scored = stage in run.evaluations()
    return {
        "stage": stage,
        "folder": str(run.path / stage),
        "manifest": run.manifests[stage],
        "stats": run.stats(stage),
        "scores": run.scores_of(stage).table if scored else [],
    } | {name: _spread(run, stage, name, rows) for name in ("kept", "rejected")}


def made_facts(folder: Path, rows: int) -> dict[str, Any]:
    """The same of a folder with the result of one stage, of a run or used alone."""
    place = folder.resolve()
    return stage_facts(_alone(place), place.name, rows)


def _how(manifest: dict[str, Any]) -> Iterator[Text]:
    """The settings, where the inputs come from, the cost, how many rows went in and came out."""
    if chosen := _chosen(manifest):
        yield Text(f"  settings: {', '.join(f'{name} {value}' for name, value in chosen.items())}")
    inputs = manifest["inputs"].items()
    if given := [f"{name} from {_sources(found)}" for name, found in inputs if found]:
        yield Text(f"  inputs: {', '.join(given)}")
    cost = total(Usage.from_json(entry["usage"]) for entry in manifest["ledger"])
    yield Text(f"  cost: {cost.requests} requests, {in_words(cost)}")
    if funnel := manifest["funnel"].values():
        kept, rows = (sum(counts[name] for counts in funnel) for name in ("kept", "rows_in"))
        yield Text(f"  rows: {kept} of {rows} kept")


def _chosen(manifest: dict[str, Any]) -> dict[str, Any]:
    """The fields that differ from the defaults; all of them where the stage is not to be found."""
    fields: dict[str, Any] = manifest["fields"]
    try:
        plain = find_stage(manifest["use"]).model_construct().model_dump(mode="json")
    except TutelageError:
        return fields
    return {name: value for name, value in fields.items() if plain.get(name, ...) != value}


def _sources(found: list[dict[str, str]]) -> str:
    named = (one.get("stage") or one.get("model") or one.get("file") for one in found)
    return " and ".join(name or "the recipe" for name in named)


def _figures(stats: dict[str, Any]) -> list[RenderableType]:
    """Leaves with too few rows and why, coverage, a judge's grades, where pairs come from."""
    parts: list[RenderableType] = [
        Text(f"  too few rows: {one['leaf']}: {one['accepted']} of {one['wanted']}, {one['why']}")
        for one in stats.get("short", [])
    ]
    parts += [
        Text(
            f"  rows cover {one['with_rows']} of {one['cells']} passages or cells of {one['leaf']}"
        )
        for one in stats.get("reached", [])
    ]
    for topic in ("judge", "pairs"):
        parts += [
            Text(f"  {topic} {name}: {value}") for name, value in stats.get(topic, {}).items()
        ]
    return parts + _diversity(stats.get("diversity", []))


def _diversity(figures: list[dict[str, Any]]) -> list[RenderableType]:
    """Every figure over all leaves: before, after each filter that dropped rows, and after all."""
    values = {(f["metric"], f["when"]): f["value"] for f in figures if f["leaf"] == "*"}
    if not values:
        return []
    whens = list(dict.fromkeys(when for _, when in values))
    table = Table("diversity, all leaves", *whens, box=None, pad_edge=False)
    for metric in dict.fromkeys(metric for metric, _ in values):
        cells = (values.get((metric, when)) for when in whens)
        table.add_row(metric, *("" if value is None else f"{value:.4g}" for value in cells))
    return [table]


def _spread(run: RunFolder, stage: str, state: str, count: int) -> list[Row]:
    """Some rows of a stage, evenly spaced."""
    rows = range(count_rows(run.files(stage, state)))
    step = max(1, len(rows) // max(count, 1))
    return run.rows_at(stage, state, rows[::step][:count])


def _row_panel(row: Row, name: str) -> Panel:
    lines = [*told(row)]
    return Panel(Text("\n".join(lines)), title=escape(f"{name}: {row['id']} ({row['leaf']})"))
