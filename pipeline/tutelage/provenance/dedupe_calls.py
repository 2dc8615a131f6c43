"""Answers that several stages of a run use: only the first of them is charged."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import CALLS, Call, Payment, Usage, load_calls, total

_Names = tuple[str, str, bool]
"""What tells a stage's entries apart."""


def charge_once(
    folders: Mapping[str, Path], manifests: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What of each stage's ledger an earlier stage of the run holds: JSON values by stage.

    `reused` is its use, `ledgers` are the entries without it; both only of stages that share any.
    `folders` says where each stage's artifact is.

    A stage's own ledger holds whatever its artifact cost to make, also in a run where it is the
    only one. Which stages share an answer is a matter of the run, so it is settled here, and comes
    out the same whether they were made now, found in the store, or made in several goes.
    """
    held: set[Payment] = set()
    reused: dict[str, Any] = {}
    ledgers: dict[str, Any] = {}
    asking = [name for name in manifests if (folders[name] / CALLS).exists()]
    if len(asking) < 2:
        return {"reused": reused, "ledgers": ledgers}  # nothing can be shared
    for name in asking:
        calls = load_calls(folders[name] / CALLS)
        again = [call for call in calls if call.key and call.payment in held]
        left = [call for call in calls if not call.key or call.payment not in held]
        held.update(call.payment for call in calls)
        if again:
            reused[name] = total(call.usage for call in again).to_json()
            uses, changed = _by_entry(left), _by_entry(again)
            ledgers[name] = [
                entry | {"usage": uses.get(_names(entry), Usage()).to_json()}
                if _names(entry) in changed
                else entry
                for entry in manifests[name]["ledger"]
            ]
    return {"reused": reused, "ledgers": ledgers}


def _by_entry(calls: Iterable[Call]) -> dict[_Names, Usage]:
    found: dict[_Names, Usage] = {}
    for call in calls:
        names = (call.leaf, call.model, call.judging)
        found[names] = found.get(names, Usage()) + call.usage
    return found


def _names(entry: dict[str, Any]) -> _Names:
    return entry["leaf"], entry["model"], entry.get("judging", False)
