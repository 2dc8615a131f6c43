"""Answers that several stages of a run use: only the first of them is charged."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import CALLS, Call, Payment, Usage, load_calls, total

_Names = tuple[str, str, bool]
"""What tells a stage's entries apart."""


def charge_once(
    folders: Mapping[str, Path], manifests: dict[str, dict[str, Any]]
) -> dict[str, Usage]:
    """Take from each stage's ledger what an earlier stage of the run holds; returns it by stage.

    `folders` says where each stage's artifact is.

    A stage's own ledger holds whatever its artifact cost to make, also in a run where it is the
    only one. Which stages share an answer is a matter of the run, so it is settled here, and comes
    out the same whether they were made now, found in the store, or made in several goes.
    """
    held: set[Payment] = set()
    reused = {}
    for name, manifest in manifests.items():
        calls = load_calls(folders[name] / CALLS)
        again = [call for call in calls if call.key and call.payment in held]
        left = [call for call in calls if not call.key or call.payment not in held]
        held.update(call.payment for call in calls)
        if again:
            reused[name] = total(call.usage for call in again)
            uses, changed = _by_entry(left), _by_entry(again)
            manifest["ledger"] = [
                entry | {"usage": uses.get(_names(entry), Usage()).to_json()}
                if _names(entry) in changed
                else entry
                for entry in manifest["ledger"]
            ]
    return reused


def _by_entry(calls: Iterable[Call]) -> dict[_Names, Usage]:
    found: dict[_Names, Usage] = {}
    for call in calls:
        names = (call.leaf, call.model, call.judging)
        found[names] = found.get(names, Usage()) + call.usage
    return found


def _names(entry: dict[str, Any]) -> _Names:
    return entry["leaf"], entry["model"], entry.get("judging", False)
