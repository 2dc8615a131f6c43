"""`tutelage exam`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import Documents, console

if TYPE_CHECKING:
    from tutelage.authoring.drafts.write_drafts import Written


def exam(
    taxonomy: Annotated[Path, typer.Argument(metavar="TAXONOMY", help="A taxonomy folder.")],
    teacher: Annotated[
        str, typer.Option(help="The model that drafts; another one than writes the lessons.")
    ],
    student: Annotated[
        str | None, typer.Option(help="Leave out what this model knows already.")
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, help="Held-out questions wanted of each leaf, with those there.")
    ] = 20,
    difficulty: Annotated[
        str, typer.Option(help="any, easy, medium or hard: how often the student fails.")
    ] = "any",
    leaf: Annotated[list[str] | None, typer.Option(help="Only this leaf, or folder.")] = None,
    documents: Documents = None,
) -> None:
    """Draft held-out questions for a taxonomy; `tutelage review TAXONOMY` approves them."""
    from tutelage.authoring.drafts.draft_examples import draft_examples
    from tutelage.contract.plain_inputs import make_model
    from tutelage.core.config import parse
    from tutelage.core.errors import RecipeError
    from tutelage.stages.exam import Exam

    fields = {"count": count, "difficulty": difficulty, "leaves": leaf}
    stage = parse(Exam, fields, "tutelage exam", error=RecipeError)
    written = draft_examples(
        taxonomy,
        documents or (),
        stage,
        make_model(teacher, "teacher", "--teacher"),
        make_model(student, "student", "--student") if student else None,
    )
    facts = {"schema": 1, "taxonomy": str(taxonomy), "held_out": facts_of(written)}
    if not emit(facts):
        show_written("held-out questions", written)
        console.print(f"next: tutelage review {taxonomy}", highlight=False, markup=False)


def facts_of(written: "Written") -> dict[str, object]:
    """What was drafted, as JSON."""
    names = ("drafts", "dropped", "coverage", "missing")
    return {name: getattr(written, name) for name in names}


def show_written(what: str, written: "Written") -> None:
    """Lines about what was drafted, by leaf, and why other drafts were dropped."""
    sections = {one["leaf"]: one for one in written.coverage}
    for path in sections | written.drafts | written.missing:
        made, short = written.drafts.get(path, 0), written.missing.get(path)
        text = f"drafted: {path}: {made}{f' of {made + short}' if short else ''} {what}"
        if path in sections:
            one = sections[path]
            text += f", about {one['asked']} of {one['sections']} sections"
        console.print(text, soft_wrap=True, highlight=False, markup=False)
    if written.dropped:
        why = "; ".join(f"{reason} ({number})" for reason, number in written.dropped.items())
        total = sum(written.dropped.values())
        text = f"dropped: {total} draft{'' if total == 1 else 's'}: {why}"
        console.print(text, soft_wrap=True, highlight=False, markup=False)
