"""`tutelage schema`."""

import json
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest


def schema(
    what: Annotated[str, typer.Argument(metavar="recipe|qna", help="Which file it describes.")],
) -> None:
    """Print the JSON Schema of a recipe or a qna.yaml, for editors and check-jsonschema."""
    from tutelage.recipe.json_schema import SCHEMAS

    if what not in SCHEMAS:
        raise InputError(f"no schema '{what}'{nearest(what, SCHEMAS)}")
    made = SCHEMAS[what]()
    if not emit(made):
        typer.echo(json.dumps(made, indent=1))
