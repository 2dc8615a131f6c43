"""What differs between runs: settings, models, taxonomy, stages, their fields and files."""

import json
from typing import Any

from tutelage.provenance.run_folder import RunFolder, Table

_SETTINGS = ("seed", "machine", "versions")
_ABSENT = "–"
_DIGITS = 8
"""Shown of a digest."""


def differences(runs: list[RunFolder]) -> Table:
    """What is not the same in all of them: dotted name and each run's value as text.

    Files and models of one name that hold another content differ too; older runs do not say what
    their files held.
    """
    found = _unlike([_flat(run) for run in runs])
    contents = {
        name: values
        for name, values in _unlike([_contents(run) for run in runs]).items()
        if name not in found and _ABSENT not in values
    }
    found |= {f"{name} (content)": values for name, values in contents.items()}
    return [{"what": name, "values": values} for name, values in found.items()]


def _unlike(runs: list[dict[str, str]]) -> dict[str, list[str]]:
    """Each run's value of what is not the same in all."""
    names = dict.fromkeys(name for facts in runs for name in facts)
    values = {name: [facts.get(name, _ABSENT) for facts in runs] for name in names}
    return {name: each for name, each in values.items() if len(set(each)) > 1}


def _flat(run: RunFolder) -> dict[str, str]:
    """What decides a run's results and costs, by dotted name."""
    found = {name: run.facts.get(name) for name in _SETTINGS}
    found["taxonomy"] = (run.facts.get("taxonomy") or {}).get("digest")
    found["models"] = {name: model["ref"] for name, model in _models(run).items()}
    found["stages"] = {
        name: {"use": made.get("use"), "version": made.get("version")}
        | made.get("fields", {})
        | _inputs(made)
        for name, made in run.manifests.items()
    }
    return dict(_leaves(found))


def _contents(run: RunFolder) -> dict[str, str]:
    """Digests of what models are and of what the files hold that stages' fields name."""
    models = {name: model.get("identity") for name, model in _models(run).items()}
    stages = {name: made.get("contents") for name, made in run.manifests.items()}
    leaves = _leaves({"models": models, "stages": stages})
    return {name: value[:_DIGITS] for name, value in leaves if value != "null"}


def _models(run: RunFolder) -> dict[str, dict[str, Any]]:
    models: dict[str, dict[str, Any]] = run.facts.get("models", {})
    return models


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
