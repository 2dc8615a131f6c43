"""The journal behind a run or a store, with its models under the names that recipes give them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import CALLS, Payment, load_calls
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest
from tutelage.core.store import Store
from tutelage.models.journal import JOURNAL, Journal
from tutelage.recipe.recipe import WEIGHTS

Names = dict[str, set[str]]
"""Identities by name: of a recipe's model, of a stage that made a checkpoint, or a reference."""


def export_journal(given: Path, out: Path) -> int:
    """Write every answer of a run, or all that a store keeps, as a line of JSON; says how many.

    Of a run that shares its store with others: what its finished stages used, whoever paid for it.
    """
    references = {identity: name for name, found in _names(given).items() for identity in found}
    with _opened(given) as journal:
        return journal.export(out, references, _payments(given))


def prune_journal(given: Path, before: float | None, model: str | None) -> int:
    """Delete answers made before a time (Unix seconds), of one model, or both; says how many.

    Raises InputError where neither is given, no answer is of such a model, or a run has not said
    yet which models its names stand for: in other runs they may stand for others.
    """
    if before is None and model is None:
        raise InputError("journal prune: name the answers to delete with --before or --model")
    with _opened(given) as journal:
        if model is None:
            return journal.prune(before=before)
        is_run = _store(given) not in (given, given / ".store")
        if is_run and not (given / "run.json").exists():
            raise InputError(
                f"{given}: no run.json there, so it is unknown which model '{model}' is; "
                f"run it again, or prune {given.parent} for that name in all runs"
            )
        identities = _names(given).get(model, {model}) & set(journal.models())
        if not identities:
            raise InputError(f"no answers of a model '{model}'{nearest(model, _names(given))}")
        return sum(journal.prune(before=before, model=one) for one in identities)


@contextmanager
def _opened(given: Path) -> Iterator[Journal]:
    journal = Journal(_store(given) / JOURNAL)
    try:
        yield journal
    finally:
        journal.close()


def _store(given: Path) -> Path:
    """The folder with the journal: given itself, or the store of the run that is given."""
    for folder in (given, given / ".store", given.parent / ".store"):
        if given.exists() and (folder / JOURNAL).exists():
            return folder
    raise InputError(f"{given}: no run and no store with a journal")


def _payments(given: Path) -> set[Payment] | None:
    """The answers that a run's stages used; None where the journal is of nothing else."""
    if _store(given) in (given, given / ".store"):
        return None
    facts = given / "run.json"
    files = given.glob(f"*/{CALLS}")  # of a run that was killed before it wrote its facts
    if facts.exists():
        made = json.loads(facts.read_text(encoding="utf-8"))["stages"]
        files = (given / stage["name"] / CALLS for stage in made)
    return {call.payment for file in files for call in load_calls(file) if call.key}


def _names(given: Path) -> Names:
    """Names in the run that is given, or in all runs of the store that is given."""
    store = _store(given)
    files = [given / "run.json"]
    if not files[0].exists():
        files = [store.parent / "run.json", *sorted(store.parent.glob("*/run.json"))]
    names: Names = {}
    for file in files:
        if file.exists():
            for name, identity in _in_run(json.loads(file.read_text(encoding="utf-8")), store):
                names.setdefault(name, set()).add(identity)
    return names


def _in_run(facts: dict[str, Any], store: Path) -> Iterator[tuple[str, str]]:
    for name, model in facts["models"].items():
        if model["identity"]:
            yield name, model["identity"]
            yield model["ref"], model["identity"]
    for stage in facts["stages"]:
        manifest = Store(store).manifest(stage["key"])
        if manifest and stage["kind"] == "checkpoint":
            yield stage["name"], manifest["digest"]
            if stage["name"].endswith(WEIGHTS):  # a model that is asked as what it was imported to
                yield stage["name"].removesuffix(WEIGHTS), manifest["digest"]
