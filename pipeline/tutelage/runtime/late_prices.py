"""Finished stages with an unknown price: they are charged once a recipe or a list gives it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tutelage.accounting.ledger import CALLS, Call, Ledger, Usage, load_calls
from tutelage.core.json_files import write_json
from tutelage.core.store import MANIFEST, Store
from tutelage.core.whole_files import written_whole
from tutelage.models.model import Model


def charge_unknown(store: Store, key: str, models: Mapping[str, Model]) -> None:
    """Write a price that is known now into a finished stage's ledger, where it was unknown.

    What was charged stays as it was, whatever a price is now.
    """
    manifest = store.manifest(key)
    assert manifest is not None
    if all(entry["usage"]["usd"] is not None for entry in manifest["ledger"]):
        return
    folder = store.path(key)
    ledger = Ledger()
    for call in load_calls(folder / CALLS):
        ledger.call(manifest["stage"], _charged(call, models.get(call.model)), now=False)
    sums = {(e.leaf, e.model, e.judging): e.usage for e in ledger.entries()}
    entries = [_filled(entry, sums) for entry in manifest["ledger"]]
    if entries != manifest["ledger"]:
        with written_whole(folder / CALLS) as temporary:
            ledger.save_calls(temporary)
        write_json(folder / MANIFEST, manifest | {"ledger": entries})


def _charged(call: Call, model: Model | None) -> Call:
    return replace(call, usage=model.charged(call.usage)) if model else call


def _filled(entry: dict[str, Any], sums: Mapping[tuple[str, str, bool], Usage]) -> dict[str, Any]:
    """An entry of a manifest with what its calls come to, where that was unknown."""
    whole = sums.get((entry["leaf"], entry["model"], entry.get("judging", False)))
    if entry["usage"]["usd"] is not None or whole is None:
        return entry
    return entry | {"usage": replace(Usage.from_json(entry["usage"]), usd=whole.usd).to_json()}
