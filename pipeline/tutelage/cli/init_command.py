"""`tutelage init`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.exam_command import facts_of, show_written
from tutelage.cli.json_output import emit
from tutelage.cli.options import console

if TYPE_CHECKING:
    from tutelage.authoring.drafts.drafting_models import DraftingModels
    from tutelage.authoring.drafts.write_drafts import Written
    from tutelage.authoring.init.init_taxonomy import NewTaxonomy


def init(
    docs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DOCS", help="Folders or files of documents."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The taxonomy's folder; new or there already.")
    ] = Path("my_taxonomy"),
    tasks: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Tasks, one a line: each becomes a skill."),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(help="The recipe's teacher; it drafts examples now."),
    ] = None,
    student: Annotated[
        str | None, typer.Option(help="The recipe's student; drafts that it knows are left out.")
    ] = None,
    examiner: Annotated[
        str | None,
        typer.Option(help="The model that drafts held-out questions, in place of the teacher."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=0, help="Seed examples drafted for each leaf.")] = 5,
    held_out: Annotated[
        int, typer.Option(min=0, help="Held-out questions drafted for each leaf.")
    ] = 20,
    recipe: Annotated[
        str, typer.Option(metavar="NAME", help="The shipped recipe whose stages are taken.")
    ] = "quickstart",
) -> None:
    """Make a taxonomy and a recipe of documents and tasks; nothing that is there is changed.

    Leaves follow folders and headings; documents are read where they are. With a teacher, seed
    examples and held-out questions are drafted: `tutelage review` approves them.
    """
    from tutelage.authoring.drafts.drafting_models import find_drafting_models
    from tutelage.authoring.init.init_taxonomy import init_taxonomy

    models = find_drafting_models(teacher, examiner, student, recipe)
    made = init_taxonomy(docs or [], tasks, out, base=recipe, teacher=teacher, student=student)
    drafted = _drafted(made, models, seeds, held_out)
    facts = {name: facts_of(written) for name, written in drafted.items()}
    if not emit(_facts(made) | {"drafted": facts}):
        _show(made)
        for name, written in drafted.items():
            show_written(name, written)
        _next(made, drafted, models)


def _drafted(
    made: "NewTaxonomy", models: "DraftingModels", seeds: int, held_out: int
) -> dict[str, "Written"]:
    """What models drafted, by use: seeds first, so that the exam asks for other facts."""
    from tutelage.authoring.drafts.draft_examples import draft_examples
    from tutelage.stages.exam import Exam

    found = {}
    for use, purpose, model, count in (
        ("seed examples", "seed", models.teacher, seeds),
        ("held-out questions", "held_out", models.examiner, held_out),
    ):
        if model and count:
            exam = Exam.model_validate({"purpose": purpose, "count": count})
            found[use] = draft_examples(
                made.folder, made.roots, exam, model, models.student, fresh=made.blank
            )
    return found


def _facts(made: "NewTaxonomy") -> dict[str, object]:
    return {
        "schema": 1,
        "taxonomy": str(made.folder),
        "recipe": str(made.recipe),
        "leaves": [
            {
                "path": one.path,
                "file": str(one.file),
                "documents": one.documents,
                "sections": one.sections,
                "statements": one.statements,
            }
            for one in made.leaves
        ],
        "unchanged": [str(file) for file in made.kept],
        "left_out": made.left_out,
    }


def _show(made: "NewTaxonomy") -> None:
    from tutelage.authoring.init.found_documents import in_words

    for leaf in made.leaves:
        about = (
            f"{leaf.documents} document{'' if leaf.documents == 1 else 's'}, {leaf.sections} "
            f"sections, {leaf.statements} statements"
        )
        _say(f"written: {leaf.file}{f' ({about})' if leaf.documents else ''}")
    for file in made.kept:
        _say(f"already there, unchanged: {file}")
    for line in in_words(made.left_out.items()):
        _say(line)
    if made.recipe not in made.kept:
        _say(f"written: {made.recipe}")


def _next(made: "NewTaxonomy", drafted: dict[str, "Written"], models: "DraftingModels") -> None:
    """What is to be done now."""
    if drafted:
        if models.is_same:
            _say(
                "warning: the teacher, which writes the lessons, wrote the exam too, and may ask "
                "what it teaches; name another model with --examiner"
            )
        if models.student is None:
            _say(f"not checked: whether the student knows the answers already: {models.why_not}")
        _say("next: approve the drafts, which count only then (or edit the qna.yaml files):")
        _say(f"  tutelage review {made.folder}")
    else:
        _say("next: fill in the blank questions and answers; `tutelage lint` and `plan` list them:")
    outside = "".join(f" --documents {root}" for root in made.roots)
    _say(f"  tutelage lint {made.folder}{outside}")
    _say(f"  tutelage plan {made.recipe}")


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False, markup=False)
