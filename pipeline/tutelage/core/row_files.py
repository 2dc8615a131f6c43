"""Records of JSON, JSON Lines and Parquet files, each with its place for messages."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tutelage.core.errors import RowsError
from tutelage.core.parquet_rows import read_parquet

Record = tuple[str, dict[str, Any]]
"""Where a record stands, `rows.jsonl:3` or `rows.parquet: row 3`, and what it holds."""

_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")


def read_records(file: Path) -> list[Record]:
    """The records of a `.parquet`, `.jsonl` or `.json` file, as they are.

    A `.json` file is an array of records, or one per line like `.jsonl`. Raises RowsError naming
    file and line for what is not JSON, no mapping, or text that no file can hold.
    """
    suffix = file.suffix.lower()
    if suffix == ".parquet":
        return [(f"{file}: row {n}", row) for n, row in enumerate(read_parquet(file), 1)]
    if suffix not in (".jsonl", ".json", ".ndjson"):
        raise RowsError(f"{file}: rows are read from .parquet, .jsonl or .json")
    text = _read_text(file)
    is_array = suffix == ".json" and text.lstrip().startswith("[")
    found = _json_array(text, file) if is_array else _json_lines(text, file)
    may_be_half = _HALF_ESCAPED.search(text) is not None
    return [(where, _mapping(value, where, may_be_half)) for where, value in found]


def check_text(value: Any, where: str) -> None:
    """Raise RowsError where half a surrogate pair stands, which is no text and cannot be saved."""
    match value:
        case str():
            if found := _HALF.search(value):
                raise RowsError(
                    f"{where}: holds \\u{ord(found.group()):x}, half of a surrogate pair, which is "
                    "no character: the text was cut inside an emoji or read wrongly; mend it"
                )
        case Mapping():
            for name, part in value.items():
                check_text(name, where)
                check_text(part, f"{where}.{name}")
        case list() | tuple():
            for number, part in enumerate(value):
                check_text(part, f"{where}.{number}")


def _mapping(value: Any, where: str, may_be_half: bool) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise RowsError(f"{where}: a row must be a JSON object, not {type(value).__name__}")
    if may_be_half:
        for name, part in value.items():
            check_text(name, f"{where}: column name")
            check_text(part, f"{where}: column {name}")
    return dict(value)


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise RowsError(
            f"{file}:{line}: is not UTF-8 text ({exc.reason}); save it as UTF-8"
        ) from exc
    except OSError as exc:
        raise RowsError(f"{file}: cannot be read: {exc.strerror}") from exc


def _json_array(text: str, file: Path) -> list[tuple[str, Any]]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as exc:
        raise RowsError(f"{file}:{exc.lineno}: not valid JSON: {exc.msg}") from exc
    except (ValueError, RecursionError) as exc:
        raise RowsError(f"{file}: not valid JSON: {exc}") from exc
    return [(f"{file}: row {number}", value) for number, value in enumerate(found, 1)]


def _json_lines(text: str, file: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):  # JSON text may hold other line ends
        if not line.strip():
            continue
        try:
            yield f"{file}:{number}", json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise RowsError(f"{file}:{number}: not valid JSON: {exc}{_hint(text)}") from exc


def _hint(text: str) -> str:
    """Why a file may not be JSON Lines."""
    if text.lstrip().startswith("["):
        return "; it looks like a JSON array: name the file .json"
    return "; .jsonl holds one object a line" if text.lstrip().startswith("{\n") else ""
