"""What follows when people have decided: the report is written anew, and says what they found."""

from pathlib import Path

from tutelage.core.errors import TutelageError
from tutelage.core.labels import LABELS, read_labels
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.unused_labels import unused_labels
from tutelage.report.write_report import write_report


def after_review(folder: Path) -> list[str]:
    """Write a run's report anew where it has one; lines for the user, also on how labels serve."""
    count = len(read_labels(folder / LABELS))
    lines = [f"{folder / LABELS}: {count} decision{'' if count == 1 else 's'}"]
    if not (folder / "report.json").exists():
        return lines
    report = write_report(folder)
    lines.append(f"{folder / 'report.html'} says what was decided")
    try:
        note = unused_labels(load_recipe(Path(str(report["run"]["file"]))), folder)
    except TutelageError:  # the recipe is gone, or has changed since
        return lines
    return [*lines, note] if note else lines
