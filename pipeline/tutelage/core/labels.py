"""What people decided of rows: `labels.jsonl`, a decision a line, only ever added to.

A line may also take a decision back (`undo`), or note that a person has seen what filters and
judges said of a row (`shown`): what that person decides on it from then on is not blind.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tutelage.core.digests import digest
from tutelage.core.errors import RowsError

LABELS = "labels.jsonl"
"""The file's name in a run's folder."""
Decision = Literal["accept", "reject", "edit", "left", "right", "tie"]
DECISIONS: tuple[str, ...] = ("accept", "reject", "edit", "left", "right", "tie")


@dataclass(frozen=True, slots=True)
class Label:
    """One decision of one person on one row, or on a blind pair of answers."""

    row: str
    """The row's `id`."""
    content: str
    """The digest of what the row said then: a label holds for these words only."""
    verdict: Decision
    rater: str
    seconds: float
    """Active time: looking away does not count."""
    grade: int | None = None
    """From 1 to 5, where one was given."""
    edit: str | None = None
    """The answer in the person's own words, where the verdict is `edit`."""
    note: str | None = None
    blind: bool = False
    """Whether filters' and judges' verdicts were hidden when it was decided."""
    chosen: str | None = None
    """Of a pair, the answer that was preferred; `rejected` is the other."""
    rejected: str | None = None
    prompt: list[dict[str, str]] | None = None
    """The turns that the answer, or both of a pair, answer."""
    question: str | None = None
    answer: str | None = None
    context: str | None = None
    leaf: str | None = None
    stage: str | None = None
    """The stage whose rows were looked through."""
    change: dict[str, str | int] | None = None
    """Of a draft, how its file changed: at which letter stands what, of which length, and what was
    there before; and the digest of the file `after` it."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    time: str = field(default_factory=lambda: _now())


def content_digest(row: Mapping[str, Any]) -> str:
    """What a label of a row holds for: its conversations and its passage."""
    names = ("prompt", "completion", "messages", "chosen", "rejected", "text", "context")
    return digest({name: row[name] for name in names if row.get(name)})


def add_label(file: Path, label: Label) -> None:
    """Add a decision; it is on the disk when this returns."""
    _append(file, {name: value for name, value in asdict(label).items() if value is not None})


def undo_label(file: Path, label_id: str) -> None:
    """Take a decision back; it stays in the file, with the line that undoes it."""
    _append(file, {"undo": label_id, "time": _now()})


def mark_shown(file: Path, row: str, rater: str) -> None:
    """Note that a person is about to see a row's verdicts; it is on the disk when this returns."""
    _append(file, {"shown": row, "rater": rater, "time": _now()})


def rows_shown(file: Path, rater: str) -> set[str]:
    """The rows whose verdicts a person has seen."""
    lines = (data for _, data in _lines(file))
    return {str(data["shown"]) for data in lines if "shown" in data and data.get("rater") == rater}


def is_line_of_labels(data: Any) -> bool:
    """Whether a JSON value is a line of such a file."""
    if not isinstance(data, dict):
        return False
    return {"row", "content", "verdict"} <= set(data) or bool({"undo", "shown"} & set(data))


def read_labels(file: Path) -> list[Label]:
    """The decisions that stand, in their order: of one person on one row the last.

    A last line that a kill cut off is passed over. Raises RowsError naming a line that is no label.
    """
    standing: dict[tuple[str, str], list[Label]] = {}
    for label in _all(file):
        if isinstance(label, str):
            for labels in standing.values():
                labels[:] = [one for one in labels if one.id != label]
        else:
            standing.setdefault((label.row, label.rater), []).append(label)
    last = [labels[-1] for labels in standing.values() if labels]
    return sorted(last, key=lambda label: label.time)


def by_row(labels: Iterable[Label]) -> dict[str, Label]:
    """The last decision on each row, whoever made it."""
    return {label.row: label for label in labels}


def _append(file: Path, line: Mapping[str, Any]) -> None:
    text = json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab+") as stream:
        if stream.tell() and _is_cut(stream):
            text = "\n" + text  # what a kill left of a line stays a line of its own
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())


def _is_cut(stream: Any) -> bool:
    stream.seek(-1, os.SEEK_END)
    return bool(stream.read(1) != b"\n")


def _all(file: Path) -> Iterator[Label | str]:
    """Every label, and the id of every one that was taken back."""
    known = {one.name for one in fields(Label)}
    for number, data in _lines(file):
        if "undo" in data:
            yield str(data["undo"])
            continue
        if "shown" in data:
            continue
        if wrong := [*sorted(set(data) - known), *_wrong(data)]:
            raise RowsError(f"{file}:{number}: no label ({', '.join(wrong)}); delete the line")
        yield Label(**data)


def _wrong(data: Mapping[str, Any]) -> Iterator[str]:
    """What of a line is missing, or of another type."""
    if data.get("verdict") not in DECISIONS:
        yield f"verdict {data.get('verdict')!r}"
    texts = ("row", "content", "rater")
    yield from (name for name in texts if not isinstance(data.get(name), str))
    yield from (name for name in ("id", "time") if not isinstance(data.get(name, ""), str))
    if not isinstance(data.get("seconds"), int | float):
        yield "seconds"


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines that are whole, by number; raises RowsError for one that is no JSON object."""
    lines = file.read_bytes().split(b"\n") if file.exists() else []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError as exc:
            if number >= len(lines) - 1 or not line.startswith(b"{") or not line.endswith(b"}"):
                continue  # cut off by a kill, here or before lines were added again
            raise RowsError(f"{file}:{number}: not valid JSON: {exc}; delete the line") from exc
        if not isinstance(data, dict):
            raise RowsError(f"{file}:{number}: a JSON object is expected, not {data!r}")
        yield number, data


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
