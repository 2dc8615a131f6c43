"""A stage that had something to do and keeps no row: why, in words, and what to do about it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tutelage.contract.stage import Generating, Stage
from tutelage.core.artifacts import Artifact, Rows, reason_of
from tutelage.core.stored_rows import StoredRows

_SHOWN = 3
"""Reasons that are shown, the most frequent first."""


def why_empty(
    stage: Stage, artifact: Artifact | StoredRows, inputs: Mapping[str, Any], requests: int
) -> str:
    """Tells that a stage kept none of what it worked on, and the most frequent reasons.

    Empty where rows were kept, and where there was nothing to do: no rows came in, or a further
    round of generation asked for nothing, because earlier rows left nothing short.
    """
    if isinstance(artifact, StoredRows):
        return _why_nothing_stored(artifact)
    if not isinstance(artifact, Rows) or artifact.kept:
        return ""
    given = len(list(_given(stage, inputs, required=True)))
    if artifact.rejected:
        tried = max(given, len(artifact.rejected))
        return f"kept none of {_counted(tried, 'row')}: {top_reasons(artifact)}"
    if given:
        return f"kept none of {_counted(given, 'row')}, and gave no reason"
    if requests:
        return f"made no row of {_counted(requests, 'answer')}"
    return "made no row: it found nothing to work on" if _had_to_make(stage, inputs) else ""


def _had_to_make(stage: Stage, inputs: Mapping[str, Any]) -> bool:
    """Whether a stage was to make rows of something other than rows.

    Not a further round, which has earlier rows, nor one that takes over what a taxonomy may well
    not have (documents, seeds of a kind) and asks no model.
    """
    entries = stage.inputs()
    if any(entry.type is Rows and entry.required for entry in entries.values()):
        return False
    further_round = any(True for _ in _given(stage, inputs, required=False))
    return not further_round and (isinstance(stage, Generating) or not entries)


def _why_nothing_stored(rows: StoredRows) -> str:
    if any(counts["kept"] for counts in rows.counts.values()):
        return ""
    reasons: Counter[str] = Counter()
    for counts in rows.counts.values():
        reasons.update(counts["rejected"])
    return f"kept none of {_counted(reasons.total(), 'row')}: {reasons_in_words(reasons)}"


def top_reasons(rows: Rows) -> str:
    """`near_duplicate 80, echo 30, too_short 12 and 2 other reasons`, of rejected rows."""
    return reasons_in_words(Counter(map(reason_of, rows.rejected)))


def reasons_in_words(counts: Mapping[str, int]) -> str:
    """The most frequent reasons with their counts, and how many others there are."""
    common = Counter(counts).most_common()
    counted = ", ".join(f"{reason} {count}" for reason, count in common[:_SHOWN])
    others = len(common) - _SHOWN
    return f"{counted} and {_counted(others, 'other reason')}" if others > 0 else counted


def _given(stage: Stage, inputs: Mapping[str, Any], *, required: bool) -> Iterator[Any]:
    """The rows that came in by inputs that the stage needs, or by those that it can do without."""
    for name, entry in stage.inputs().items():
        if entry.type is Rows and entry.required == required and inputs.get(name) is not None:
            for part in inputs[name] if isinstance(inputs[name], list) else [inputs[name]]:
                yield from part.kept


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
