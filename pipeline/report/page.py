"""report.html: one self-contained file, made from the report's data alone. All text is escaped."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report import wording
from pipeline.report.plots import NARROW, WIDE, cost_plot, curve_plot, outcome_plot

_HERE = Path(__file__).parent
_KINDS = {"demonstration": "Demonstrations", "preference": "Preference pairs", "label": "Labels"}
_ONE = {"demonstration": "demonstration", "preference": "preference pair"}
_CURVES = (("loss",), ("logps/chosen", "logps/rejected"), ("rewards/accuracies",))


def page(report: dict[str, Any]) -> str:
    """The page as HTML text."""
    return (
        templates(autoescape=True)
        .get_template("page.html.j2")
        .render(
            report=report,
            css=Markup((_HERE / "page.css").read_text(encoding="utf-8")),
            started=_day(report["run"].get("started")),
            models=list(dict.fromkeys(line["model"] for line in report["outcome"])),
            tiles=_tiles(report),
            pairs=pairs(report),
            cut=_cut(report),
            baselines=baselines(report),
            stages=by_stage(report),
            facts=facts(report),
            plots=_plots(report),
        )
    )


def templates(*, autoescape: bool) -> Environment:
    """Templates of this folder, with the wording of numbers as filters."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cell": _cell,
        "percent": wording.percent,
        "signed": wording.signed,
        "probability": wording.probability,
        "usd": wording.usd,
        "duration": wording.duration,
        "leaf": wording.leaf_name,
        "tone": _tone,
        "kind": lambda name: _KINDS.get(name, name),
        "count": lambda number: f"{number:,}",
    }
    return environment


def pairs(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Comparisons by pair of models, each line with both scores; the verdict's pair first."""
    scores = {(line["model"], line["leaf"]): line["score"] for line in report["outcome"]}
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in report["comparisons"]:
        both = {
            "score_before": scores[line["before"], line["leaf"]],
            "score_after": scores[line["after"], line["leaf"]],
        }
        grouped.setdefault((line["before"], line["after"]), []).append(line | both)
    main = (report["verdict"].get("before"), report["verdict"].get("after"))
    return [
        {"before": models[0], "after": models[1], "lines": sorted(lines, key=_all_first)}
        for models, lines in sorted(grouped.items(), key=lambda item: item[0] != main)
    ]


def baselines(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Human prices with their range in words and the number of samples that pay the labor back."""
    found = {(line["kind"], line["label"]): line for line in report["break_even"]}
    lines = []
    for line in report["cost"]["baselines"]:
        repaid = found.get((line["kind"], line["label"]))
        price = wording.usd_range(line["usd_low"], line["usd_high"])
        lines.append(line | {"range": price, "pays_off": _pays_off(repaid)})
    return lines


def facts(report: dict[str, Any]) -> list[tuple[str, str]]:
    """Models, versions, seeds and hardware as name and value."""
    run = report["run"]
    lines = [(f"Model {name}", model["ref"]) for name, model in report["models"].items()]
    taxonomy, hardware = run.get("taxonomy") or {}, run.get("hardware") or {}
    if taxonomy:
        held = sum(leaf["held"] for leaf in taxonomy["leaves"])
        counts = f"{len(taxonomy['leaves'])} leaves, {held} held-out questions"
        lines.append(("Taxonomy", f"{taxonomy['folder']} ({counts}, {taxonomy['digest'][:12]})"))
    lines.append(("Recipe", f"{run.get('file')}, seed {run.get('seed')}"))
    if run.get("seconds") is not None:
        lines.append(("This invocation took", wording.duration(run["seconds"])))
    stages = (f"{stage['name']}{' (found)' if stage['hit'] else ''}" for stage in run["stages"])
    lines.append(("Stages", ", ".join(stages)))
    if hardware:
        gpus = "; ".join(hardware.get("gpus") or []) or "no GPU"
        memory = f"{hardware['memory_gb']} GB" if hardware.get("memory_gb") else "memory unknown"
        machine = f"{hardware.get('processor')}, {hardware.get('cores')} cores, {memory}, {gpus}"
        lines.append(("Hardware", f"{machine}, {hardware.get('system')}"))
    versions = run.get("versions") or {}
    lines.append(("Versions", ", ".join(f"{name} {number}" for name, number in versions.items())))
    return lines


def _tiles(report: dict[str, Any]) -> list[dict[str, str]]:
    cost, tiles = report["cost"], []
    overall = {line["model"]: line for line in report["outcome"] if line["leaf"] == "*"}
    before, after = (overall.get(report["verdict"].get(role)) for role in ("before", "after"))
    if before and after:
        value = f"{wording.percent(before['score'])} → {wording.percent(after['score'])}"
        reach = f"{wording.percent(after['low'])} to {wording.percent(after['high'])}"
        aside = f"of {after['n']} questions; after: 95% interval {reach}"
        tiles.append({"name": "right answers", "value": value, "aside": aside})
    for sample in cost["per_accepted"]:
        name = f"one {_ONE[sample['kind']]}"
        human = [line for line in cost["baselines"] if line["kind"] == sample["kind"]]
        aside = f"{sample['n']:,} accepted" + (f"; people: {_reach(human)}" if human else "")
        tiles.append({"name": name, "value": wording.usd(sample["usd"]), "aside": aside})
    aside = f"with training and evaluation; {wording.duration(cost['seconds'])} of machine time"
    tiles.append({"name": "whole run", "value": wording.usd(cost["usd"]), "aside": aside})
    return tiles


def _cell(text: str) -> str:
    """Text that stays text inside a Markdown table."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(str(text).split()))


def _tone(words: str) -> str:
    """The colour of a verdict."""
    return {"better": "good", "worse": "bad"}.get(words.partition(" ")[0], "open")


def _reach(lines: list[dict[str, Any]]) -> str:
    low, high = min(line["usd_low"] for line in lines), max(line["usd_high"] for line in lines)
    return wording.usd_range(low, high)


def _all_first(line: dict[str, Any]) -> bool:
    return bool(line["leaf"] != "*")


def _pays_off(line: dict[str, Any] | None) -> str:
    if line is None:
        return "–"
    most, fewest = line["samples_at_low"], line["samples_at_high"]
    if fewest is None:
        return "not shown to"
    if most is None:
        return f"{fewest:,} at best"
    return f"{fewest:,}" if most == fewest else f"{fewest:,} to {most:,}"


def _cut(report: dict[str, Any]) -> str:
    lines = [line for line in report["outcome"] if line["leaf"] == "*" and line["cut"]]
    return ", ".join(f"{line['model']} {line['cut']}" for line in lines)


def by_stage(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The funnel by stage: totals, and for each reason its share and examples."""
    stages = []
    for name in dict.fromkeys(line["stage"] for line in report["funnel"]):
        lines = [line for line in report["funnel"] if line["stage"] == name]
        rows_in, kept = (sum(line[key] for line in lines) for key in ("rows_in", "kept"))
        reasons = [entry for entry in report["rejected_examples"] if entry["stage"] == name]
        whole = max(rows_in, 1)
        stages.append(
            {
                "name": name,
                "lines": lines,
                "rows_in": rows_in,
                "kept": kept,
                "share": 100 * kept / whole,
                "reasons": [entry | {"share": 100 * entry["n"] / whole} for entry in reasons],
            }
        )
    return stages


def _plots(report: dict[str, Any]) -> dict[str, Any]:
    sizes = {"wide": WIDE, "narrow": NARROW}
    costs = {name: cost_plot(report["cost"], width) for name, width in sizes.items()}
    outcomes = {}
    if report["outcome"]:
        outcomes = {name: outcome_plot(report["outcome"], width) for name, width in sizes.items()}
    return {
        "outcome": outcomes,
        "cost": costs if costs["wide"] is not None else None,
        "training": [plot for stage in report["training"] for plot in _training(stage)],
    }


def _training(stage: dict[str, Any]) -> list[dict[str, Any]]:
    plots = []
    for group in _CURVES:
        curves = {name: stage["curves"][name] for name in group if name in stage["curves"]}
        if curves:
            svg = curve_plot(curves, 400)
            plots.append({"stage": stage["stage"], "names": list(curves), "svg": svg})
    return plots


def _day(started: float | None) -> str:
    return f"{datetime.fromtimestamp(started, UTC):%d %B %Y}" if started else ""
