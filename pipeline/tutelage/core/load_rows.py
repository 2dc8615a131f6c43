"""Rows that users bring: in TRL's columns, completed to those that every row of ours has."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Ids, Row, check_row, id_of, question_of, read_rows
from tutelage.core.errors import RowsError


def load_rows(path: str | Path) -> list[Row]:
    """The rows of a `.jsonl`, `.json` or `.parquet` file or of a Rows folder.

    Texts become turns. The turns that both sides of a preference begin with are its prompt, as in
    TRL, also where `prompt` says some of them already (UltraFeedback).

    Files number their rows as they like: an `id` becomes text, and one that an earlier row of the
    file bears gets a number (`7#2`). Raises RowsError naming the row without TRL's columns.
    """
    return _own(read_rows(Path(path)), str(path))


def complete_rows(rows: Iterable[Any], where: str = "rows") -> list[Row]:
    """Rows given in Python, completed as those of a file are by `load_rows`.

    Any mappings will do, a `datasets.Dataset` too; `where` names them in an error.
    """
    return _own((check_row(row, f"{where}: row {n}") for n, row in enumerate(rows, 1)), where)


def _own(rows: Iterable[Row], where: str) -> list[Row]:
    ids = Ids()
    return [ids.own(_complete(row, number, where)) for number, row in enumerate(rows)]


def _complete(row: Row, number: int, file: str) -> Row:
    if not any(name in row for name in ("prompt", "messages", "chosen")):
        raise RowsError(
            f"{file}: row {number + 1}: needs TRL's columns: `prompt` and `completion`, "
            "`messages`, or `prompt`, `chosen` and `rejected`; "
            f"it has {', '.join(sorted(row)) or 'none'}"
        )
    row = dict(row)
    for name in ("prompt", "completion", "chosen", "rejected"):
        if isinstance(row.get(name), str):
            role = "user" if name == "prompt" else "assistant"
            row[name] = [{"role": role, "content": row[name]}]
    if row.get("chosen") and row.get("rejected"):
        row |= _with_prompt(row.get("prompt") or [], row["chosen"], row["rejected"])
    row["id"] = id_of(row, question_of(row), number)
    row["leaf"] = row.get("leaf") or "*"
    row["parents"] = row.get("parents") or []
    return row


def _with_prompt(prompt: list[Any], chosen: list[Any], rejected: list[Any]) -> Row:
    """The turns that both sides begin with, the prompt's among them, and what is left of each.

    Nothing where the sides do not say the prompt again; the last turn of each is its answer.
    """
    pairs = list(zip(chosen[:-1], rejected[:-1], strict=False))
    same = next((n for n, (one, other) in enumerate(pairs) if one != other), len(pairs))
    begun = chosen[:same]
    systems = sum(turn["role"] == "system" for turn in begun)
    if prompt not in (begun[: len(prompt)], begun[systems:][: len(prompt)]):
        return {}
    return {"prompt": begun, "chosen": chosen[same:], "rejected": rejected[same:]}
