"""Preference pairs as a dataset on disk.

TRL keeps the reference's log-probabilities beside the data set, so there every device finds what
all computed together, and a resumed run what a killed one had computed.
"""

import json
from pathlib import Path

from accelerate import PartialState
from datasets import Dataset

from tutelage.core.artifacts import Row

PAIRS = "pairs"
"""The folder of the data sets, beside the log while a job runs."""
_COLUMNS = ("id", "prompt", "chosen", "rejected", "length")


def pairs_on_disk(rows: list[Row], name: str, folder: Path) -> Dataset:
    """The rows with their `length` in tokens, longest first: the reference's batches pad little."""
    place = folder / PAIRS
    file = place / f"{name}.jsonl"
    with PartialState().main_process_first():
        if PartialState().is_main_process and not file.exists():
            place.mkdir(exist_ok=True)
            unfinished = file.with_suffix(".tmp")
            unfinished.write_text(_lines(rows), encoding="utf-8")
            unfinished.replace(file)
        return Dataset.from_json(str(file), cache_dir=str(place))


def _lines(rows: list[Row]) -> str:
    ordered = sorted(rows, key=lambda row: -row["length"])
    taken = ({name: row[name] for name in _COLUMNS} for row in ordered)
    return "".join(json.dumps(row) + "\n" for row in taken)
