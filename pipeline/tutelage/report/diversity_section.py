"""Diversity before and after the filters, as the filter stages measured it."""

from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table

WORDS = {
    "vendi": ("effective number of different texts", "up"),
    "distinct_1": ("different words", "up"),
    "distinct_2": ("different pairs of words", "up"),
    "distinct_3": ("different triples of words", "up"),
    "self_bleu": ("likeness to the other texts (self-BLEU)", "down"),
    "nearest_similarity": ("likeness to the nearest text", "down"),
    "near_duplicates": ("near-duplicates", "down"),
    "leaf_coverage": ("leaves covered evenly", "up"),
    "attribute_coverage": ("attributes' values that occur", "up"),
    "attribute_evenness": ("combinations of attributes filled evenly", "up"),
    "seed_similarity": ("likeness to the seed examples", ""),
    "drift": ("distance from the seed examples", ""),
}
"""What a figure says, and which way is more diverse."""
_AFTER = "after "
"""A set of rows is called so and by the filter that it has just passed."""
_COUNTS = ("rows", "sampled")
_TELLING = ("vendi", "distinct_2", "self_bleu", "near_duplicates", "attribute_coverage")
"""What a table by leaf shows; report.json has every figure."""


def diversity(run: RunFolder) -> Table:
    """One entry per stage that was measured: `lines` by leaf and metric, `*` first.

    A line: leaf, metric, before, after (either may be missing as null), and `filters`, the value
    after each filter that dropped rows. `falls` are the leaves whose diversity fell since the round
    before beyond chance.
    """
    measured = {stage: run.stats(stage) for stage in run.of_kind("rows")}
    return [_entry(stage, stats) for stage, stats in measured.items() if stats.get("diversity")]


def _entry(stage: str, stats: dict[str, Any]) -> dict[str, Any]:
    values: dict[tuple[str, str], dict[str, float]] = {}
    for figure in stats["diversity"]:
        values.setdefault((figure["leaf"], figure["metric"]), {})[figure["when"]] = figure["value"]
    lines = [
        {
            "leaf": leaf,
            "metric": metric,
            "before": found.get("before"),
            "filters": {
                when.removeprefix(_AFTER): value
                for when, value in found.items()
                if when.startswith(_AFTER)
            },
            "after": found.get("after"),
        }
        for (leaf, metric), found in values.items()
        if metric not in _COUNTS
    ]
    falls = [fall for fall in stats.get("collapse", []) if fall["alarm"]]
    return {"stage": stage, "lines": lines, "falls": falls}


def metric_table(lines: Table) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The names of the telling metrics and, by leaf, `before → after` of each."""
    metrics = [name for name in _TELLING if any(line["metric"] == name for line in lines)]
    found = {(line["leaf"], line["metric"]): line for line in lines}
    leaves = dict.fromkeys(line["leaf"] for line in lines)
    rows = [(leaf, [_cell(found.get((leaf, name))) for name in metrics]) for leaf in leaves]
    return [name.replace("_", " ") for name in metrics], rows


def filter_table(lines: Table) -> list[tuple[str, list[str]]]:
    """By filter that dropped rows: the telling metrics over all leaves after it."""
    found = {line["metric"]: line["filters"] for line in lines if line["leaf"] == "*"}
    metrics = [name for name in _TELLING if any(line["metric"] == name for line in lines)]
    passed = dict.fromkeys(name for filters in found.values() for name in filters)
    return [
        (name, [_number(found.get(metric, {}).get(name)) for metric in metrics]) for name in passed
    ]


def _cell(line: dict[str, Any] | None) -> str:
    if line is None:
        return "–"
    return " → ".join(_number(line[when]) for when in ("before", "after"))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
