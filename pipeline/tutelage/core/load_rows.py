"""Rows that users bring, in any known format, completed to what every row of ours has."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from tutelage.core import row_shards
from tutelage.core.artifacts import Ids, Row, id_of, question_of, rows_files
from tutelage.core.by_content import ByContent, FilePath, content_of
from tutelage.core.errors import RowsError
from tutelage.core.row_files import Record, check_text, read_records
from tutelage.core.row_formats.detect import FORMATS, convert_records, detect_format, find_format
from tutelage.core.row_formats.own_columns import with_own_columns
from tutelage.core.row_shards import content_of_shards, count_rows

RowsFile = Annotated[FilePath, ByContent(lambda path: _content(path))]
"""A file of rows, or a folder of them as stages write it, relative to the recipe that names it."""


def load_rows(path: str | Path, format: str = "auto") -> list[Row]:
    """The rows of a `.jsonl`, `.json` or `.parquet` file or of a Rows folder.

    `format`: `trl`, `openai`, `sharegpt`, `alpaca`, `qa`, `ultrafeedback` or `pairs`; `auto` knows
    each row by its columns. Texts, texts in parts and JSON text become turns. The turns that both
    sides of a preference begin with are its prompt, as in TRL, also where `prompt` says some of
    them already (UltraFeedback).

    Files number their rows as they like: an `id` becomes text, and one that an earlier row of the
    file bears gets a number (`7#2`). Raises RowsError naming file, row and column of what is no
    text, of no format, or under a name of ours and no such thing.
    """
    return _own(_records(Path(path)), format)


def complete_rows(rows: Iterable[Any], where: str = "rows", format: str = "auto") -> list[Row]:
    """Rows given in Python, completed as those of a file are by `load_rows`.

    Any mappings will do, a `datasets.Dataset` too; `where` names them in an error.
    """
    records = [(f"{where}: row {number}", row) for number, row in enumerate(rows, 1)]
    for place, row in records:
        if not isinstance(row, Mapping):
            raise RowsError(f"{place}: a row must be a mapping, not {type(row).__name__}")
        check_text(row, place)
    return _own([(place, dict(row)) for place, row in records], format)


def name_formats(path: str | Path, format: str = "auto") -> str:
    """What a file's rows are, in one line: `rows.jsonl: 1,200 rows in Alpaca format`."""
    records = _records(Path(path))
    if find_format(format):
        often = Counter({format: 1})
    else:
        often = Counter(detect_format(row) or "trl" for _, row in records)
    titles = " and ".join(FORMATS[name].title for name, _ in often.most_common()) or "no"
    count = f"{len(records):,} {'row' if len(records) == 1 else 'rows'}"
    return f"{path}: {count} in {titles} format"


def _content(path: Path) -> str:
    """The digest of the rows of a file or folder."""
    files = rows_files(path)
    return content_of(files[0]) if len(files) == 1 else content_of_shards(files, path)


def _records(path: Path) -> list[Record]:
    return [record for file in rows_files(path) for record in read_records(file)]


def _own(records: list[Record], format: str) -> list[Row]:
    ids = Ids()
    return [ids.own(row) for row in own_rows(records, format)]


def own_rows(records: list[Record], format: str, start: int = 0) -> list[Row]:
    """Records as rows with all columns of ours; ids may be repeated.

    `start` is the number of the first record among all.
    """
    found = []
    for number, (where, row) in enumerate(convert_records(records, format), start):
        made = with_own_columns(row, where)
        made["id"] = id_of(made, question_of(made), number)
        found.append(made)
    return found


def many_rows_of(path: Path) -> list[Path]:
    """The Parquet files of rows that are too many to be held at once; else none."""
    files = rows_files(path)
    if any(file.suffix.lower() != ".parquet" for file in files):
        return []
    try:
        return files if count_rows(files) > row_shards.SHARD_ROWS else []
    except (OSError, ValueError) as exc:
        raise RowsError(f"{path}: not a readable Parquet file: {exc}") from exc
