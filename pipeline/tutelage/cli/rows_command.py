"""`tutelage rows`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import emit
from tutelage.cli.options import console
from tutelage.core.errors import InputError


def rows(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Rows: .jsonl, .json, .parquet or a folder.")
    ],
    format: Annotated[
        str,
        typer.Option(
            help="The file's format, where its columns do not show it: trl, openai, sharegpt, "
            "alpaca, qa, ultrafeedback or pairs."
        ),
    ] = "auto",
    to: Annotated[
        str | None, typer.Option(help="Write the rows as trl, openai, sharegpt or alpaca.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl", help="The file to write; without it the rows are printed."
        ),
    ] = None,
) -> None:
    """Check a file of rows and say what it holds, or write it in another format."""
    from tutelage.core.load_rows import load_rows, name_formats
    from tutelage.core.row_formats.export import EXPORTS, export_row

    found = load_rows(file, format)
    if to is None:
        columns = dict.fromkeys(name for row in found for name in row)
        formats = name_formats(file, format)
        if emit({"file": file, "rows": len(found), "columns": list(columns), "formats": formats}):
            return
        console.print(formats, highlight=False, markup=False)
        console.print(f"columns: {', '.join(columns)}", highlight=False, markup=False)
        return
    if to not in EXPORTS:
        raise InputError(f"--to {to}: rows are written as {', '.join(EXPORTS)}")
    made = [export_row(row, to, f"{file}: row {number}") for number, row in enumerate(found, 1)]
    lines = [json.dumps(row, ensure_ascii=False) for row in made]
    if out is None:
        if emit({"rows": made}):
            return
        for line in lines:
            typer.echo(line)
    else:
        out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        emit({"rows": len(lines), "written": out, "format": to})
        console.print(f"{len(lines):,} rows written to {out} ({to})", highlight=False, markup=False)
