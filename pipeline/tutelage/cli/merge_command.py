"""`tutelage merge`."""

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import console


def merge(
    checkpoint: Annotated[
        Path, typer.Argument(help="The adapter's folder, for example runs/x/sft.")
    ],
    out: Annotated[Path, typer.Option(help="The new folder of the merged model.")],
) -> None:
    """Merge an adapter into its base, as an ordinary model folder that plain transformers loads."""
    from tutelage.core.progress import Display
    from tutelage.training.merge import merge

    with Display(console) as display:
        merge(checkpoint, out, display)
    emit({"written": out})
    console.print(f"written to {out}", highlight=False)
