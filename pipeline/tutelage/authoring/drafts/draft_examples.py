"""Having a model draft examples for a taxonomy: asked, tried, and written as drafts."""

from collections.abc import Collection, Sequence
from pathlib import Path

from tutelage.authoring.drafts.write_drafts import (
    Written,
    reasons,
    rejected_before,
    write_drafts,
)
from tutelage.core.artifacts import question_of
from tutelage.core.text import plain
from tutelage.models.model import Model
from tutelage.stages.exam import Exam
from tutelage.taxonomy.load import load_taxonomy

DRAFTS = ".drafts"
"""The folder in a taxonomy where answers that were paid for are kept."""


def draft_examples(
    folder: Path,
    documents: Sequence[Path],
    exam: Exam,
    teacher: Model,
    student: Model | None,
    *,
    fresh: Collection[str] = (),
    quiet: bool = False,
) -> Written:
    """Draft what a taxonomy's leaves still lack; a draft that someone rejected does not come again.

    Arguments as for `load_taxonomy`, the stage `exam` and `write_drafts`.
    """
    taxonomy = load_taxonomy(folder, documents, unfinished=True)
    rejected = rejected_before(folder)
    more = max((len(texts) for texts in rejected.values()), default=0)
    stage = exam.model_copy(update={"count": exam.count + more})
    place = folder / DRAFTS / exam.purpose
    made = stage(taxonomy, teacher, student, folder=place, quiet=quiet)
    kept = [
        row for row in made.kept if plain(question_of(row)) not in rejected.get(row["leaf"], set())
    ]
    model = teacher.reference.text
    counts = write_drafts(taxonomy, kept, model, made.stats["demands"], fresh)
    short = made.stats["missing"].items()
    missing = {path: number - more for path, number in short if number > more}
    return Written(counts, reasons(made.rejected), made.stats["coverage"], missing)
