"""Preference pairs as a dataset on disk.

TRL keeps the reference's log-probabilities beside the data set, so there every device finds what
all computed together, and a resumed run what a killed one had computed.
"""

import json
from pathlib import Path
from typing import Any

from accelerate import PartialState
from datasets import Dataset

from tutelage.training.fresh_start import PAIRS


def pairs_on_disk(pairs: list[dict[str, Any]], name: str, folder: Path) -> Dataset:
    """Tokenised pairs (`Encoder.pairs`), longest first: the reference's batches pad little."""
    place = folder / PAIRS
    file = place / f"{name}.jsonl"
    with PartialState().main_process_first():
        if PartialState().is_main_process and not file.exists():
            place.mkdir(exist_ok=True)
            unfinished = file.with_suffix(".tmp")
            unfinished.write_text(_lines(pairs), encoding="utf-8")
            unfinished.replace(file)
        return Dataset.from_json(str(file), cache_dir=str(place))


def _lines(pairs: list[dict[str, Any]]) -> str:
    ordered = sorted(pairs, key=lambda pair: -pair["length"])
    return "".join(json.dumps(pair) + "\n" for pair in ordered)
