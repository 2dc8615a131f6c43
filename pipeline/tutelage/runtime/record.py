"""What a run records: a stage's manifest, `run.json`, and a line for the user."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import Entry, Ledger
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import ARTIFACTS, Artifact, Rows
from tutelage.core.digests import digest
from tutelage.core.disk_errors import disk_error
from tutelage.core.errors import BudgetReached, DiskError, InputError, StageError, TutelageError
from tutelage.core.hardware import hardware, versions
from tutelage.core.stored_rows import StoredRows
from tutelage.models.model import Model
from tutelage.report.baselines import load_baselines, load_wage
from tutelage.runtime.keys import Given, Keys
from tutelage.taxonomy.authors import count_authors
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.verifiers.outer_wall import outer_wall

KEPT = "Finished stages and all answers are on disk; run the same command to continue."
_PAID = "Finished stages and all answers are on disk; nothing is paid for twice."


@dataclass(frozen=True, slots=True)
class Made:
    """A finished stage: where its artifact is and whether it was there already."""

    name: str
    folder: Path
    manifest: dict[str, Any]
    hit: bool
    seconds: float

    def load(self) -> Artifact:
        """The artifact, read from disk."""
        return ARTIFACTS[self.manifest["kind"]].load(self.folder)

    def stored(self) -> StoredRows | None:
        """The artifact as rows that are not read yet; None where it is none."""
        if self.manifest["kind"] != StoredRows.kind:
            return None
        return StoredRows(self.folder, self.manifest["digest"], self.manifest.get("funnel", {}))

    @property
    def empty(self) -> str:
        """Why it keeps no row, where it had some to make; else empty."""
        return str(self.manifest.get("empty") or "")

    def in_words(self) -> str:
        """One line: `accepted: 412 of 600 rows kept (31 s)`; the reasons where none was kept."""
        how = "found" if self.hit else f"{self.seconds:.0f} s"
        if self.empty:
            return f"{self.name}: {self.empty} ({how})"
        funnel = self.manifest["funnel"].values()
        if not funnel:
            return f"{self.name}: {self.manifest['kind']} ({how})"
        kept = sum(counts["kept"] for counts in funnel)
        asked = sum(counts["rows_in"] for counts in funnel)
        return f"{self.name}: {kept} of {asked} rows kept ({how})"


def manifest(
    name: str,
    stage: Stage,
    given: Given,
    artifact: Artifact | StoredRows,
    content: str,
    ledger: Ledger,
) -> dict[str, Any]:
    """The manifest of a finished artifact: what made it, from what, how many rows, at what cost."""
    return {
        "stage": name,
        "use": stage.use(),
        "version": stage.version,
        "fields": stage.model_dump(mode="json"),
        "inputs": given,
        "kind": type(artifact).kind,
        "digest": content,
        "funnel": _funnel(artifact),
        "ledger": [entry.to_json() for entry in ledger.entries()],
        "created": time.time(),
        "versions": versions(),
    }


def contents(stage: Stage) -> dict[str, Any]:
    """Digests of what the files hold that a stage's fields name; a manifest keeps them."""
    return _beyond(stage.identity(), stage.model_dump(mode="json"))


def in_stage(exc: BaseException, name: str, command: str = "") -> TutelageError:
    """The same error, saying in which stage it happened and that finished work is safe.

    `command` is what was run, shown as a reached budget's way to go on.
    """
    if isinstance(exc, KeyboardInterrupt):
        return StageError(f"stopped in stage '{name}'. {KEPT}")
    if disk := disk_error(exc):
        return DiskError(f"stage '{name}': {disk}")
    if isinstance(exc, InputError):
        return type(exc)(f"stage '{name}': {exc}")
    if isinstance(exc, BudgetReached):
        settings = " ".join(f"--set {text}" for text in exc.settings)
        text = f"budget reached in stage '{name}': {exc}\n{_PAID}"
        return BudgetReached(f"{text} To continue:  {command} {settings}", exc.settings)
    if isinstance(exc, TutelageError):
        return StageError(f"stage '{name}' failed: {exc}\n{KEPT}")
    text = f"{type(exc).__name__}: {exc} (--debug shows the traceback)"
    return StageError(f"stage '{name}' failed: {text}\n{KEPT}")


def refuse_empty(made: Made, stage: Stage, look: str, go_on: str) -> None:
    """Raise StageError where a stage kept no row that was not allowed to.

    `look` is the command that shows its rejected rows, `go_on` the setting that allows it.
    """
    if made.empty and not stage.allow_empty:
        raise StageError(
            f"stage '{made.name}' {made.empty}\n"
            f"What it rejected is on disk with its reasons:  {look}\n"
            "Change what rejects it (a filter, a prompt, the model, max_tokens) and run again: "
            f"finished stages and answers are kept. To go on without rows:  {go_on}"
        )


def run_facts(
    keys: Keys, made: Iterable[Made], spent: Iterable[Entry], folder: Path
) -> dict[str, Any]:
    """The recipe, its models and taxonomy, and what one invocation did and spent: `run.json`.

    `folder` is the run's; files are found from there wherever one stands.
    """
    recipe = keys.recipe
    authoring, people = recipe.settings.authoring, load_baselines(recipe.baselines)
    hourly = recipe.settings.people.usd_per_hour if recipe.settings.people else None
    wage = load_wage(recipe.baselines, hourly)
    return {
        "schema": 1,
        "recipe": recipe.name,
        "file": str(recipe.file),
        "seed": recipe.seed,
        "taxonomy": _taxonomy_facts(keys.taxonomy, folder),
        "models": {
            name: {
                "ref": reference.text,
                "identity": keys.identities.get(name),
                "price_source": Model(name, reference, config, "").price_source,
                "usd_per_million": Model(name, reference, config, "").usd_per_million,
            }
            for name, (reference, config) in recipe.models.items()
        },
        "machine": recipe.settings.machine.model_dump(),
        "authoring": authoring.model_dump() if authoring else None,
        "wage": wage.model_dump(),
        "baselines": [line.model_dump() for line in people],
        "stages": [_stage_facts(stage) for stage in made],
        "spent": [entry.to_json() for entry in spent],
        "hardware": hardware() | {"sandbox": outer_wall().name},
        "versions": versions(),
    }


def _beyond(identity: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """What an identity says other than the fields."""
    found: dict[str, Any] = {}
    for name, value in identity.items():
        field = fields.get(name)
        if isinstance(value, dict) and isinstance(field, dict):
            found[name] = _beyond(value, field)
        elif value != field and name not in ("use", "version"):
            found[name] = digest(value)
    return found


def _stage_facts(made: Made) -> dict[str, Any]:
    columns = ("use", "kind", "key")
    facts = {name: made.manifest[name] for name in columns}
    return {"name": made.name} | facts | {"hit": made.hit, "seconds": made.seconds}


def _funnel(artifact: Artifact | StoredRows) -> dict[str, dict[str, Any]]:
    if not isinstance(artifact, Rows | StoredRows):
        return {}
    return {
        leaf: {"rows_in": counts["kept"] + sum(counts["rejected"].values())} | counts
        for leaf, counts in artifact.funnel().items()
    }


def _taxonomy_facts(taxonomy: Taxonomy | None, folder: Path) -> dict[str, Any] | None:
    if taxonomy is None:
        return None
    leaves = [
        {
            "path": leaf.path,
            "kind": leaf.kind,
            "seeds": len(leaf.seeds),
            "held": len(leaf.eval_examples),
            "documents": len(leaf.documents),
        }
        for leaf in taxonomy.leaves
    ]
    return {
        "folder": str(taxonomy.folder),
        "from_run": os.path.relpath(taxonomy.folder.resolve(), folder.resolve()),
        "documents": [str(folder.resolve()) for folder in taxonomy.documents],
        "digest": taxonomy.digest,
        "authors": count_authors(taxonomy),
        "leaves": leaves,
    }
