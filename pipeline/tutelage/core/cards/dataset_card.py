"""The card of rows: what they are, how many survived, who made them, what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.core.cards.card import Maker, render

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """What is known of rows; what is not is left out or called unknown."""

    name: str
    files: Mapping[str, str]
    """Data files by the name of the hub's configuration; the first is the default."""
    counts: Mapping[str, Mapping[str, Any]]
    """By leaf: {"kept": n, "rejected": {reason: n}}."""
    makers: Sequence[Maker] = ()
    written: int | None = None
    """Different rows that models wrote; None where it is not known."""
    beside: str = ""
    """The other rows in words, as in `50 given, 17 repeated`."""
    taxonomy: str | None = None
    costs: Sequence[tuple[str, str]] = ()
    recipe: str | None = None
    seed: int | None = None
    command: str | None = None


def dataset_card(facts: DatasetFacts) -> str:
    """The text of a data folder's README.md."""
    kept = sum(counts["kept"] for counts in facts.counts.values())
    front = {
        "pretty_name": facts.name,
        "task_categories": ["text-generation"],
        "size_categories": [next((name for most, name in _SIZES if kept < most), "n>1M")],
        "tags": ["synthetic", "tutelage"] if facts.makers and facts.written != 0 else ["tutelage"],
        "configs": [
            {"config_name": name, "data_files": file} | ({} if number else {"default": True})
            for number, (name, file) in enumerate(facts.files.items())
        ],
    }
    return render("dataset.md.j2", front, facts)
