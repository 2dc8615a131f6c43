"""The last check before training: no training row may ask a held-out question."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, question_of
from tutelage.core.errors import RecipeError
from tutelage.core.text import words
from tutelage.curation.filters.decontaminated import examples_of
from tutelage.recipe.recipe import Recipe, Step
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.training_stage import TrainingStage, refuse_exam_side

RowsOf = Callable[[Step], list[Row]]
"""The rows of a step that are known before a run."""
_SHOWN = 3


def refuse_examined(
    stage: Stage, inputs: Iterable[Any], taxonomy: Taxonomy | None, files: Sequence[Path] = ()
) -> None:
    """Raise RecipeError where rows that a stage is to train on ask a held-out question.

    In its very words, but for signs and case: filters look closer (`decontaminated`), but not every
    row went through one. A question that a seed asks too is no secret.
    """
    if not (isinstance(stage, TrainingStage) and stage.decontaminate):
        return
    rows = [row for given in inputs if isinstance(given, Rows) for row in given.kept]
    held = _questions(taxonomy, files) if rows else {}
    found = {row["id"]: name for row in rows if (name := _asked(row, held))}
    if found:
        some = ", ".join(f"{row} asks {name}" for row, name in list(found.items())[:_SHOWN])
        raise RecipeError(
            f"{len(found)} of {len(rows)} rows ask held-out questions: {some}"
            f"{', ...' if len(found) > _SHOWN else ''}; put a `filter` before this "
            "stage, which drops such rows, or train on them anyway with `decontaminate: false`"
        )


def refuse_ahead(recipe: Recipe, step: Step, taxonomy: Taxonomy | None, of: RowsOf) -> None:
    """The same for the rows of files that will reach a training, before a run; of the exam side of
    `verifiable` also those that a filter on the way may leave out."""
    if not isinstance(step.stage, TrainingStage):
        return
    found = [*_reaching(recipe, step, of)]
    refuse_exam_side(row for rows, _ in found for row in rows.kept)
    whole = [rows for rows, filtered in found if not filtered]
    refuse_examined(step.stage, whole, taxonomy, recipe.examined)


def known_rows(recipe: Recipe, step: Step) -> Iterator[Rows]:
    """The rows of files that reach a stage with their prompts as they are, known before a run."""
    every = _reaching(recipe, step, lambda before: before.stage.known_rows())
    return (rows for rows, filtered in every if not filtered)


def _reaching(recipe: Recipe, step: Step, of: RowsOf) -> Iterator[tuple[Rows, bool]]:
    """Rows of files that reach a stage, and whether one on the way may leave some of them out."""
    for source in step.passed_on():
        before = recipe.step(source.stage or "")
        if rows := of(before):
            yield Rows(rows), False
        elif before.stage.keeps_prompts or before.stage.leaves_out:
            for found, filtered in _reaching(recipe, before, of):
                yield found, filtered or not before.stage.keeps_prompts


def _questions(taxonomy: Taxonomy | None, files: Sequence[Path]) -> dict[str, str]:
    """Each example as a reader knows it, by the words of its question."""
    leaves = taxonomy.leaves if taxonomy else ()
    named = [(leaf.secret(held), leaf.path) for leaf in leaves for held in leaf.eval_examples]
    named += [(one.question, one.name) for file in files for one in examples_of(file)]
    found = {_plainly(asked): f"'{asked.strip()[:80]}' ({place})" for asked, place in named}
    for seed in (seed for leaf in leaves for seed in leaf.seeds):
        found.pop(_plainly(seed.question), None)
    return found


def _asked(row: Row, held: dict[str, str]) -> str | None:
    """The example that a row asks, in any of its turns."""
    turns = [*(row.get("prompt") or []), *(row.get("messages") or [])]
    texts = [question_of(row), *(turn["content"] for turn in turns if turn["role"] == "user")]
    return next((held[text] for text in map(_plainly, texts) if text in held), None)


def _plainly(text: str) -> str:
    return " ".join(words(text))
