"""`tutelage export`."""

from pathlib import Path
from typing import Annotated, Any, cast, get_args

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
    check: Annotated[
        bool,
        typer.Option(help="Ask the file the held-out questions, and compare with the checkpoint."),
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(help="What --check asks by: llama_cpp (extra `llama`) or openvino."),
    ] = None,
) -> None:
    """Write a trained model as one GGUF file for llama.cpp, Ollama, LM Studio.

    With --check a file that is there already is checked as it is.
    """
    from tutelage.models.gguf_weights import Kind
    from tutelage.sharing.gguf_export import export_gguf

    kinds = get_args(Kind)
    if gguf not in kinds:
        raise InputError(f"--gguf {gguf}: no such kind{nearest(gguf, kinds)}: {', '.join(kinds)}")
    folder = stage_folder(checkpoint)
    name = f"{folder.name}-{gguf}"
    file = out or Path(name) / f"{name}.gguf"
    facts: dict[str, Any] = {"written": []}
    if not (check and file.exists()):
        with console.status("writing the weights"):
            facts["written"] = export_gguf(folder, file, cast(Kind, gguf), ollama=ollama)
    for one in facts["written"]:
        console.print(f"written to {one}", highlight=False, soft_wrap=True)
    if check:
        facts["check"] = _check(folder, file, engine)
    emit(facts)


def _check(folder: Path, file: Path, engine: str | None) -> dict[str, Any]:
    """Ask the file, print what came of it, and write the run's report anew."""
    from tutelage.core.progress import Display
    from tutelage.core.safe_console import SafeConsole
    from tutelage.report.exports_section import export_words
    from tutelage.report.write_report import write_report
    from tutelage.sharing.export_check import check_export

    with Display(SafeConsole(stderr=True)) as display:
        line = check_export(folder, file, engine, display)
    console.print(export_words(line), highlight=False, markup=False, soft_wrap=True)
    if (folder.parent / "report.json").exists():
        write_report(folder.parent)
    return line
