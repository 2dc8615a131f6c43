"""What stages that filter rows keep out of them by default: all that models are examined with."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from tutelage.core.artifacts import rows_files
from tutelage.core.config import Strict
from tutelage.core.load_rows import RowsFile
from tutelage.curation.filters.row_filter import with_filter
from tutelage.taxonomy.leaf import Taxonomy


class Guarded(Strict):
    """Keeps held-out examples out of its rows: the taxonomy's, and those of files."""

    decontaminate: bool = True
    """Drop rows that repeat a held-out example of the taxonomy, of `held_out`, or of what the
    recipe's `evaluate` asks: its `benchmarks`, and the shipped general questions."""
    held_out: list[RowsFile] = []
    """More held-out examples: row files with `question`, `prompt` or `messages`."""

    def guarding(self, files: Iterable[Path]) -> Self:
        """The same stage, which keeps out what stands in these files too."""
        if not self.decontaminate:
            return self
        return self.model_copy(update={"held_out": list(dict.fromkeys([*self.held_out, *files]))})

    def guarded_files(self) -> list[Path]:
        """The files of held-out examples; raises RowsError where one is missing."""
        return [file for file in self.held_out if rows_files(file)]

    def with_decontamination(self, specs: Sequence[Any], taxonomy: Taxonomy | None) -> list[Any]:
        """A recipe's filters, and `decontaminated` where there is anything to guard."""
        wanted = self.decontaminate and (taxonomy is not None or self.held_out)
        return with_filter(specs, "decontaminated") if wanted else list(specs)
