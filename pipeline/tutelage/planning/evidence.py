"""What was measured of a stage: by a pilot just now, or by an earlier run that is in the store."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.contract.forecast import Estimate, Length, lengths_of
from tutelage.core.artifacts import Row, read_rows
from tutelage.core.errors import RowsError
from tutelage.core.store import MANIFEST, Store
from tutelage.planning.training_time import Steps, read_steps
from tutelage.recipe.recipe import Step
from tutelage.runtime.keys import Given, Keys
from tutelage.training.training_log import LOG

_PRIOR = 2.0
"""How many rows the expectation, or what other leaves show, weighs beside a leaf's own."""
_WIDE = 1.2816
"""Of a normal distribution, 80% lie within so many standard deviations."""
_ROWS_MEASURED = 2_000
"""Of a stage's rows, evenly from all: leaves lie one after another."""


@dataclass(slots=True)
class Uses:
    """Requests of one kind, counted together."""

    requests: int = 0
    input_tokens: int = 0
    estimated_tokens: int = 0
    """What their prompts were estimated at; 0 where this is not known."""
    output_tokens: int = 0


@dataclass(slots=True)
class Evidence:
    """Measurements of one stage; `source` says whose."""

    source: str
    whole: bool = field(default=False, kw_only=True)
    """See `forecast.Measurements`."""
    funnel: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By leaf: rows kept, of so many tried."""
    passed: Counter[str] = field(default_factory=Counter)
    """By leaf: those of them that a stage of the very same settings had kept before."""
    uses: dict[tuple[str, str, int], Uses] = field(default_factory=dict)
    """By model, leaf and limit of tokens; an earlier run's with limit 0, for all limits."""
    lengths: dict[str, Length] = field(default_factory=dict)
    """By leaf, of the rows that were made."""
    seconds: float | None = None
    """What all of it took an earlier run."""
    own_seconds: float = 0.0
    """The part of it in which no model was asked."""
    expected: tuple[int, int] = (0, 0)
    """What stages with the same settings kept, of so many: the measure where this one has none."""

    def tried(self) -> dict[str, tuple[int, int]]:
        """By leaf: rows kept, of so many that were here for the first time."""
        return {
            leaf: (max(0, kept - self.passed[leaf]), max(0, tried - self.passed[leaf]))
            for leaf, (kept, tried) in self.funnel.items()
        }

    def kept(self, leaf: str, expected: Estimate) -> Estimate:
        """The share kept of a leaf's tries, with its 80% interval (see `forecast.Measurements`)."""
        by_leaf = self.tried()
        kept, tried = by_leaf.get(leaf, (0, 0))
        all_kept = sum(pair[0] for pair in by_leaf.values())
        all_tried = sum(pair[1] for pair in by_leaf.values())
        if not all_tried and not self.expected[1]:
            return expected
        base = _towards(self.expected, expected.likely)
        mean = _towards((kept, tried), _towards((all_kept, all_tried), base))
        count = tried + min(all_tried, 2 * _PRIOR) + 1
        spread = _WIDE * math.sqrt(mean * (1 - mean) / count)
        return Estimate(max(0.0, mean - spread), mean, min(1.0, mean + spread))

    def output_tokens(self, model: str, leaf: str, limit: int) -> Estimate | None:
        """Tokens of an answer; what the model says for other leaves counts a little."""
        alike = self._alike(model, limit)
        everywhere = _sum(alike.values())
        if not everywhere.requests:
            return None
        mean = everywhere.output_tokens / everywhere.requests
        own = alike.get(leaf, Uses())
        likely = (own.output_tokens + _PRIOR * mean) / (own.requests + _PRIOR)
        spread = 1 / math.sqrt(own.requests + 1)
        return Estimate(likely * (1 - spread / 2), likely, min(limit, likely * (1 + spread)))

    def input_tokens(self, model: str, leaf: str, limit: int, estimated: float) -> float:
        """Tokens of a prompt: the estimate, corrected by how far it was out so far."""
        alike = self._alike(model, limit)
        uses = _sum(alike.values())
        if uses.estimated_tokens:
            return estimated * uses.input_tokens / uses.estimated_tokens
        own = alike.get(leaf) or uses
        return own.input_tokens / own.requests if own.requests else estimated

    def _alike(self, model: str, limit: int) -> dict[str, Uses]:
        """Uses of a model by leaf, for answers of the same limit; else for all limits together."""
        for wanted in (limit, 0):
            found = {
                leaf: uses
                for (name, leaf, most), uses in self.uses.items()
                if name == model and most == wanted
            }
            if found:
                return found
        return {}


class Past:
    """What earlier runs left in a store, stage by stage."""

    def __init__(self, keys: Keys, store: Store) -> None:
        self._keys = keys
        self._store = store
        files = store.folder.glob(f"*/{MANIFEST}")
        self._manifests = sorted(map(_read, files), key=lambda found: -found["created"])
        self._found: dict[str, dict[str, Any] | None] = {}

    def of(self, step: Step) -> Evidence | None:
        """What the latest run of a stage shows."""
        manifest = self._latest(step)
        return self._evidence(manifest) if manifest else None

    def steps(self, step: Step) -> Steps | None:
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

    def _evidence(self, manifest: dict[str, Any]) -> Evidence:
        found = Evidence("an earlier run", whole=True)
        for leaf, counts in manifest["funnel"].items():
            found.funnel[leaf] = (counts["kept"], counts["rows_in"])
        for entry in manifest["ledger"]:
            usage = entry["usage"]
            if not entry["model"]:
                found.own_seconds += usage["seconds"]
                continue
            uses = found.uses.setdefault((entry["model"], entry["leaf"], 0), Uses())
            uses.requests += usage["requests"]
            uses.input_tokens += usage["input_tokens"]
            uses.output_tokens += usage["output_tokens"]
        found.seconds = _whole_seconds(manifest)
        found.lengths = lengths_of(_rows(self._store.path(manifest["key"])))
        return found


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


def _sum(uses: Iterable[Uses]) -> Uses:
    every = list(uses)
    return Uses(
        sum(one.requests for one in every),
        sum(one.input_tokens for one in every),
        sum(one.estimated_tokens for one in every),
        sum(one.output_tokens for one in every),
    )


def _towards(counts: tuple[int, int], prior: float) -> float:
    """A share measured on few rows, drawn to what is expected as the mean of a beta prior does."""
    kept, tried = counts
    return (kept + _PRIOR * prior) / (tried + _PRIOR)


def siblings(
    steps: Iterable[Step], of: dict[str, Evidence]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """By stage: rows kept, of so many tried, by the other stages with the very same settings."""
    every = [(step, of[step.name]) for step in steps if step.name in of]
    for step, _ in every:
        alike = [
            pair
            for other, evidence in every
            if other.name != step.name and other.stage == step.stage
            for pair in evidence.tried().values()
        ]
        yield step.name, (sum(pair[0] for pair in alike), sum(pair[1] for pair in alike))
