"""What is known of a stage's inputs before a run: rows of files, models that stand in folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Leaf


@dataclass(frozen=True, slots=True)
class Known:
    """By input, as far as it is known."""

    rows: Mapping[str, Sequence[Rows]]
    models: Mapping[str, Path]
    """Folders. Of a model that is to be trained first it is that of the one it begins with, which
    has the same tokens."""
    perhaps: Mapping[str, Sequence[Rows]] = field(default_factory=dict)
    """All rows that may come, where stages on the way only leave some out; with those of `rows`."""
    leaves: Mapping[str, Sequence[Leaf]] = field(default_factory=dict)
    """Leaves that the rows are written for, where these bring no demand or answer of their own."""


def known_inputs(inputs: Mapping[str, Any]) -> Known:
    """Of inputs that are all there, as a stage alone has them."""
    rows, models = dict[str, list[Rows]](), dict[str, Path]()
    for name, value in inputs.items():
        several = value if isinstance(value, list) else [value]
        rows[name] = [one for one in several if isinstance(one, Rows)]
        if isinstance(value, Model | Checkpoint) and value.folder is not None:
            models[name] = value.folder
    return Known(rows, models)
