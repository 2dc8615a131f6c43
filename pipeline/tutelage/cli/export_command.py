"""`tutelage export`."""

from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import console, stage_folder
from tutelage.core.errors import InputError
from tutelage.core.nearest import nearest


def export(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="RUN/STAGE", help="A trained stage: runs/x/sft, or x/sft.")
    ],
    gguf: Annotated[
        str, typer.Option(metavar="KIND", help="F32, F16, BF16, Q8_0, Q5_1, Q5_0, Q4_1 or Q4_0.")
    ] = "Q8_0",
    out: Annotated[
        Path | None, typer.Option(help="The file; STAGE-KIND.gguf in a folder of that name.")
    ] = None,
    ollama: Annotated[bool, typer.Option(help="Write a Modelfile for Ollama beside it.")] = False,
) -> None:
    """Write a trained model as one GGUF file for llama.cpp, Ollama, LM Studio."""
    from tutelage.models.gguf_weights import Kind
    from tutelage.sharing.gguf_export import export_gguf

    kinds = get_args(Kind)
    if gguf not in kinds:
        raise InputError(f"--gguf {gguf}: no such kind{nearest(gguf, kinds)}: {', '.join(kinds)}")
    folder = stage_folder(checkpoint)
    name = f"{folder.name}-{gguf}"
    with console.status("writing the weights"):
        written = export_gguf(
            folder, out or Path(name) / f"{name}.gguf", cast(Kind, gguf), ollama=ollama
        )
    emit({"written": written})
    for file in written:
        console.print(f"written to {file}", highlight=False, soft_wrap=True)
