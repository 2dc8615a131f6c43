"""What differs between runs: settings, models, taxonomy, stages and their fields."""

import json
from typing import Any

from pipeline.report.folder import RunFolder, Table

_SETTINGS = ("seed", "machine", "versions")
_ABSENT = "–"


def differences(runs: list[RunFolder]) -> Table:
    """What is not the same in all of them: dotted name and each run's value as text."""
    flat = [_flat(run) for run in runs]
    names = dict.fromkeys(name for facts in flat for name in facts)
    values = {name: [facts.get(name, _ABSENT) for facts in flat] for name in names}
    return [{"what": name, "values": each} for name, each in values.items() if len(set(each)) > 1]


def _flat(run: RunFolder) -> dict[str, str]:
    """What decides a run's results and costs, by dotted name."""
    found = {name: run.facts.get(name) for name in _SETTINGS}
    found["taxonomy"] = (run.facts.get("taxonomy") or {}).get("digest")
    models = run.facts.get("models", {})
    found["models"] = {name: model["ref"] for name, model in models.items()}
    found["stages"] = {
        name: {"use": made.get("use")} | made.get("fields", {}) | _inputs(made)
        for name, made in run.manifests.items()
    }
    return dict(_leaves(found))


def _inputs(made: dict[str, Any]) -> dict[str, str]:
    given = made.get("inputs", {}).items()
    return {
        name: ", ".join(source.get("stage") or source.get("model") or "taxonomy" for source in each)
        for name, each in given
    }


def _leaves(value: Any, dotted: str = "") -> list[tuple[str, str]]:
    """The values of nested mappings as JSON text, by dotted name."""
    if isinstance(value, dict) and value:
        under = f"{dotted}." if dotted else ""
        return [leaf for name, part in value.items() for leaf in _leaves(part, f"{under}{name}")]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return [(dotted, text)]
