"""What a method writes for one leaf of a small taxonomy, with a fake teacher."""

from typing import Any

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.generation.session import GenerationSession
from tutelage.generation.writers import check_writing, writers_of
from tutelage.generation.writing import Writing
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy


def written(
    context: Context, taxonomy: Taxonomy, path: str, teacher: Model, method: Any, times: int = 1
) -> list[Row]:
    """The rows of one round that names each cell so many times."""
    settings = Writing.model_validate({"method": method, "leaves": [path]})
    check_writing(settings, taxonomy)
    desk = GenerationSession(context, teacher, settings)
    (one,) = writers_of(desk, [taxonomy.leaf(path)])
    (rows,) = desk.together([one.writer.write(list(one.writer.cells) * times)])
    for row in rows:
        assert one.writer.cell_of(row) in one.writer.cells
        assert row["parents"]
        assert all(context.journal.show(key) for key in row["trace"]["keys"])
    return rows
