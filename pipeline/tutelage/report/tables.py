"""The report's data arranged as a reader meets it, for the page, Markdown and the terminal."""

from typing import Any

from tutelage.evaluation.score_tables import GRADED
from tutelage.report import format as wording
from tutelage.verifiers.outer_wall import OuterWall


def score_rows(report: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """The models, and by leaf the number of examples and each model's line; all examples last."""
    found = {(line["leaf"], line["model"]): line for line in report["outcome"]}
    models = list(dict.fromkeys(model for _, model in found))
    rows = []
    for leaf in sorted(dict.fromkeys(leaf for leaf, _ in found), key=lambda leaf: leaf == "*"):
        lines = [found.get((leaf, model)) for model in models]
        count = next(line["n"] for line in lines if line)
        rows.append({"leaf": leaf, "n": count, "lines": lines})
    return models, rows


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
        {
            "before": models[0],
            "after": models[1],
            "lines": sorted(lines, key=lambda line: bool(line["leaf"] != "*")),
            "needed": any(line["needed"] for line in lines),
        }
        for models, lines in sorted(grouped.items(), key=lambda item: item[0] != main)
    ]


def baselines(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Human prices with their range in words and the samples that pay the fixed cost back."""
    found = {(line["kind"], line["label"]): line for line in report["cost"]["break_even"]}
    lines = []
    for line in _of_our_kinds(report):
        repaid = found.get((line["kind"], line["label"]))
        price = wording.usd_range(line["usd_low"], line["usd_high"])
        lines.append(line | {"range": price, "pays_off": _pays_off(repaid)})
    return lines


def _of_our_kinds(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The human prices of what the run made, all of them where it made nothing yet; and those
    that were measured here."""
    kinds = {sample["kind"] for sample in report["cost"]["per_accepted"]}
    lines = report["cost"]["baselines"]
    return [line for line in lines if not kinds or line["kind"] in kinds or line.get("n")]


def published(cost: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """What others say that people charge for a kind of sample."""
    return [line for line in cost["baselines"] if line["kind"] == kind and not line["n"]]


def splits(report: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The cost by stage, leaf and model, each line with its name."""
    cost, words = report["cost"], {"leaf": {"*": "(no leaf)"}, "model": {"": "(no model)"}}
    return [
        (
            name,
            [
                line | {"name": words.get(name, {}).get(line[name], line[name])}
                for line in cost[f"by_{name}"]
            ],
        )
        for name in ("stage", "leaf", "model")
    ]


def prices_words(report: dict[str, Any]) -> str:
    """Where models' prices come from; empty where no model has one.

    The list's version stands for its date: neither it nor its prices carry one.
    """
    sources = {name: model.get("price_source") for name, model in report["models"].items()}
    listed = [
        f"{name} as {'the recipe says' if source == 'recipe' else f'in {source}'}"
        for name, source in sources.items()
        if source
    ]
    return f"Providers' prices: {', '.join(listed)}." if listed else ""


def reused_words(report: dict[str, Any]) -> str:
    """Which stages used answers that another is charged with; empty where none did."""
    listed = [
        f"{line['stage']} ({line['requests']:,} answers, {price})"
        for line in report["cost"]["reused"]
        if (price := wording.usd(line["usd"], line["usd_provider"]))
    ]
    words = "Answers that an earlier stage already asked for are charged to that stage, not to"
    return f"{words} {', '.join(listed)}." if listed else ""


def energy_words(report: dict[str, Any]) -> str:
    """The energy that was measured, and what of it was not."""
    found = report["energy"]
    if found["kwh"] is None:
        return "Energy was not measured here."
    said = (
        f"Energy of this machine ({' and '.join(found['sources'])}): {found['kwh']:.3g} kWh, "
        "including everything else that ran on it"
    )
    gaps = ", ".join(found["not_measured"])
    return f"{said}; not measured: {gaps}." if gaps else f"{said}."


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
    stages = (
        f"{stage['name']}{' (from the store)' if stage['hit'] else ''}" for stage in run["stages"]
    )
    lines.append(("Stages", ", ".join(stages)))
    if hardware:
        gpus = "; ".join(hardware.get("gpus") or []) or "no GPU"
        memory = f"{hardware['memory_gb']} GB" if hardware.get("memory_gb") else "memory unknown"
        machine = f"{hardware.get('processor')}, {hardware.get('cores')} cores, {memory}, {gpus}"
        lines.append(("Hardware", f"{machine}, {hardware.get('system')}"))
    if hardware.get("sandbox"):
        lines.append(("Wall around code in answers", OuterWall(hardware["sandbox"]).in_words()))
    versions = run.get("versions") or {}
    lines.append(("Versions", ", ".join(f"{name} {number}" for name, number in versions.items())))
    return lines


def measured(report: dict[str, Any]) -> str:
    """What the scores are."""
    if any(line["metric"] in GRADED for line in report["outcome"]):
        return "Mean scores of the answers to held-out questions; 100% means completely right."
    return "Share of held-out questions answered right."


def tiles(report: dict[str, Any]) -> list[dict[str, str]]:
    """The few numbers at the top: name, value, and what belongs to it."""
    cost, found = report["cost"], []
    overall = {line["model"]: line for line in report["outcome"] if line["leaf"] == "*"}
    before, after = (overall.get(report["verdict"].get(role)) for role in ("before", "after"))
    if before and after:
        value = f"{wording.percent(before['score'])} → {wording.percent(after['score'])}"
        reach = f"{wording.percent(after['low'])} to {wording.percent(after['high'])}"
        aside = f"of {after['n']} questions; after: 95% interval {reach}"
        name = "mean score" if after["metric"] in GRADED else "right answers"
        found.append({"name": name, "value": value, "aside": aside})
    for sample in cost["per_accepted"]:
        name = f"one {wording.ONE[sample['kind']].removeprefix('accepted ')}"
        human = published(cost, sample["kind"])
        people = f"; people charge: {wording.usd_reach(human)}" if human else ""
        beside = f", and {rows}" if (rows := wording.apart(sample)) else ""
        aside = f"{sample['n']:,} accepted{beside}{people}"
        value = wording.usd(sample["usd"], sample["usd_provider"])
        found.append({"name": name, "value": value, "aside": aside})
    aside = f"with training and evaluation; {wording.duration(cost['seconds'])} of machine time"
    value = wording.usd(cost["usd"], cost["usd_provider"])
    found.append({"name": "whole run", "value": value, "aside": aside})
    return found


def _pays_off(line: dict[str, Any] | None) -> str:
    if line is None:
        return "–"
    most, fewest = line["samples_at_low"], line["samples_at_high"]
    if fewest is None:
        return "unknown"
    if most is None:
        return f"{fewest:,} at best"
    return f"{fewest:,}" if most == fewest else f"{fewest:,} to {most:,}"


def cut_answers(report: dict[str, Any]) -> str:
    """How many answers of each model were too long."""
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
