"""Filters of a user's own that no work can be divided for: each sees all rows in one process."""

from collections.abc import Iterable

from tutelage.curation.filters.labelled import Labelled
from tutelage.curation.filters.row_filter import build_filters, seen_together
from tutelage.recipe.recipe import Step
from tutelage.stages.filter import Filter


def undivided(steps: Iterable[Step]) -> list[str]:
    """One line for each such filter, with what to write in it."""
    return [
        f"stage '{step.name}': the filter '{name}' compares rows and does not say which it must "
        'see together, so one process holds all rows for it; write `together = "question"` or '
        '`"leaf"` in its class where that is enough (`"all"` says that it is not)'
        for step in steps
        if isinstance(step.stage, Filter)
        for name, judge in build_filters(step.stage.filters, "filters")
        if seen_together(judge) == "all" and not isinstance(judge, Labelled)
        if "together" not in vars(type(judge))
    ]
