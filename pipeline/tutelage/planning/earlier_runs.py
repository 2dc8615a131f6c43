"""What earlier runs in the store measured of a recipe's stages."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row, read_rows
from tutelage.core.errors import RowsError
from tutelage.core.store import MANIFEST, Store
from tutelage.planning.measurements import Measurements, Uses
from tutelage.planning.row_estimates import lengths_of, row_inputs
from tutelage.planning.training_steps import TimedSteps, read_steps
from tutelage.recipe.recipe import Step
from tutelage.runtime.keys import Given, Keys
from tutelage.training.training_log import LOG

_ROWS_MEASURED = 2_000
"""Of a stage's rows, evenly from all: leaves lie one after another."""


class EarlierRuns:
    """What earlier runs left in a store, stage by stage."""

    def __init__(self, keys: Keys, store: Store) -> None:
        self._keys = keys
        self._store = store
        files = store.folder.glob(f"*/{MANIFEST}")
        self._manifests = sorted(map(_read, files), key=lambda found: -found["created"])
        self._found: dict[str, dict[str, Any] | None] = {}

    def of(self, step: Step) -> Measurements | None:
        """What the latest run of a stage shows."""
        manifest = self._latest(step)
        return self._measured(step, manifest) if manifest else None

    def steps(self, step: Step) -> TimedSteps | None:
        """How fast the latest training of a stage went."""
        manifest = self._latest(step)
        if manifest is None:
            return None
        log = self._store.path(manifest["key"]) / LOG
        return read_steps(log, manifest["seconds"], "an earlier run")

    def _latest(self, step: Step) -> dict[str, Any] | None:
        """The same stage with the same models; one with other settings where there is no other.

        What another model or another taxonomy showed says nothing of these, nor of what follows.
        """
        if step.name not in self._found:
            before = {source.stage for source in step.bound() if source.stage}
            steps = [self._keys.recipe.step(name) for name in before]
            known = all(self._latest(one) for one in steps)
            self._found[step.name] = self._search(step) if known else None
        return self._found[step.name]

    def _search(self, step: Step) -> dict[str, Any] | None:
        use, fields = step.stage.use(), step.stage.model_dump(mode="json")
        alike = [
            found
            for found in self._manifests
            if (found["use"], found["stage"]) == (use, step.name)
            and self._same_sources(step, found)
        ]
        same = [found for found in alike if found["fields"] == fields]
        return (same or alike)[0] if alike else None

    def _same_sources(self, step: Step, manifest: dict[str, Any]) -> bool:
        """Whether a manifest's models and taxonomy are those of the stage, stage's rows apart."""
        made = dict.fromkeys((one.name for one in self._keys.recipe.steps), "")
        given = self._keys.given(step, made)
        return given is not None and _own(given) == _own(manifest["inputs"])

    def _measured(self, step: Step, manifest: dict[str, Any]) -> Measurements:
        found = Measurements("an earlier run", whole=True)
        for leaf, counts in manifest["funnel"].items():
            found.funnel[leaf] = (counts["kept"], counts["rows_in"])
            found.tries += counts["rows_in"]
        for entry in manifest["ledger"]:
            usage = entry["usage"]
            if not entry["model"]:
                found.own_seconds += usage["seconds"]
                continue
            where, asked = (entry["model"], entry["leaf"], 0), usage["requests"]
            uses = Uses(asked, usage["input_tokens"], 0, usage["output_tokens"], asked=asked)
            found.uses[where] = found.uses.get(where, Uses()) + uses
        found.seconds = _whole_seconds(manifest)
        found.lengths = lengths_of(_rows(self._store.path(manifest["key"])))
        found.given = self._given(step, manifest)
        return found

    def _given(self, step: Step, manifest: dict[str, Any]) -> Counter[str]:
        """The rows that a finished stage was given, where those that made them are here too."""
        made = {one["digest"]: one["funnel"] for one in self._manifests}
        given = Counter[str]()
        for name in row_inputs(step.stage):
            for source in manifest["inputs"].get(name, []):
                funnel = made.get(source["digest"], {})
                given.update({leaf: counts["kept"] for leaf, counts in funnel.items()})
        return given


def _own(given: Given) -> dict[str, list[str]]:
    """By input, the digests of what no stage made, and the names of stages that made the others."""
    return {
        name: [one["stage"] if "stage" in one else one["digest"] for one in found]
        for name, found in given.items()
    }


def _whole_seconds(manifest: dict[str, Any]) -> float | None:
    """What all of a stage took; None where part of it came from the journal of an endpoint."""
    entries = manifest["ledger"]
    answered = sum(entry["usage"]["requests"] for entry in entries)
    sent = sum(entry["spent"]["requests"] for entry in entries)
    if sent == answered:
        return float(manifest["seconds"])
    known = all(entry["usage"]["seconds"] for entry in entries if entry["model"])
    return float(sum(entry["usage"]["seconds"] for entry in entries)) if known else None


def _rows(folder: Path) -> list[Row]:
    try:
        rows = read_rows(folder)
    except RowsError:
        return []
    return rows[:: max(1, len(rows) // _ROWS_MEASURED)]


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
