"""The rows of a training job: which are used, which are left out and why, which are held back."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.core.digests import derive_seed, digest
from tutelage.core.errors import InputError
from tutelage.training.conversation import says_something

ANSWERS = ("completion", "messages", "chosen", "rejected")


@dataclass(slots=True)
class Chosen:
    """What becomes of the rows that a job was given."""

    train: list[Row]
    validation: list[Row]
    given: int
    left_out: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    """Rows used that say word for word what another one says."""

    def facts(self) -> dict[str, Any]:
        """The counts, for the log."""
        return {
            "given": self.given,
            "used": len(self.train),
            "validation": len(self.validation),
            "left_out": dict(self.left_out),
            "repeated": self.repeated,
        }


def read_rows_of(folder: Path, job: dict[str, Any]) -> list[Row]:
    """The rows that the stage wrote for this job."""
    text = (folder / job["rows"]).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


NO_CALLS = "the chat template writes no tool calls"
"""Why a row with calls cannot be learnt."""


def choose(
    rows: list[Row],
    job: dict[str, Any],
    tokens: Callable[[list[Row]], Sequence[int | str]],
    positions: int | None = None,
) -> Chosen:
    """Leave out what cannot be learnt from, hold back the validation rows, count everything.

    `tokens` counts the tokens of each row, which a row that is used keeps as its `length`, or says
    why nothing of it can be learnt. A row over `max_length`, or over the student's `positions`, is
    left out, not cut: a cut answer would be learnt as one that ends nowhere. Raises InputError
    where nothing is left.
    """
    found = Chosen([], [], len(rows))
    limit, named = job["max_length"], "max_length"
    if positions is not None and positions < limit:
        limit, named = positions, "the student's positions"
    usable = []
    for row in rows:
        if reason := _unusable(row):
            found.left_out[reason] += 1
        else:
            usable.append(row)
    for row, count in zip(usable, tokens(usable), strict=True):
        if isinstance(count, str):
            found.left_out[count] += 1
        elif count > limit:
            found.left_out[f"longer than {named}, {limit} tokens"] += 1
        else:
            found.train.append(row | {"length": count})
    if silent := found.left_out[NO_CALLS]:
        raise InputError(
            f"{silent} of {len(rows)} rows call tools, and {NO_CALLS}: what is left would teach "
            "the student never to call one; take a student whose template writes calls, or leave "
            "such rows out with a `filter`"
        )
    if not found.train:
        raise InputError(f"no row can be trained on: {dict(found.left_out)}")
    found.repeated = len(found.train) - len({_text(row) for row in found.train})
    if job["validation"]:
        _hold_back(found, job["validation"], job["seed"])
    return found


def _unusable(row: Row) -> str | None:
    """Why nothing can be learnt from a row."""
    if "text" in row and not row["text"].strip():
        return "no text"
    if not all(_has_answer(row[name]) for name in ANSWERS if name in row):
        return "no assistant turn"
    if "chosen" in row and row["chosen"] == row["rejected"]:
        return "chosen and rejected are the same"
    return None


def _has_answer(turns: list[dict[str, Any]]) -> bool:
    return any(turn["role"] == "assistant" and says_something(turn) for turn in turns)


def _hold_back(found: Chosen, share: float, seed: int) -> None:
    """Move a share of each leaf's rows to validation; rows that say the same move together."""
    leaves: dict[str, dict[str, int]] = {}
    for row in found.train:
        leaves.setdefault(row["leaf"], {}).setdefault(_text(row), derive_seed(seed, _text(row)))
    held = set()
    for texts in leaves.values():
        held.update(sorted(texts, key=lambda text: texts[text])[: round(share * len(texts))])
    found.validation = [row for row in found.train if _text(row) in held]
    found.train = [row for row in found.train if _text(row) not in held]
    if not found.validation or not found.train:
        raise InputError(
            f"validation: {share:g} of {len(found.validation) + len(found.train)} rows in "
            f"{len(leaves)} leaves leaves {len(found.validation)} rows for validation and "
            f"{len(found.train)} for training; give more rows or another share"
        )


def _text(row: Row) -> str:
    return digest({name: row[name] for name in ("prompt", *ANSWERS, "text") if name in row})
