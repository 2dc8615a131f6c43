"""`tutelage serve`."""

from pathlib import Path
from typing import Annotated

import typer

from tutelage.cli.json_output import say_address
from tutelage.cli.options import stage_folder


def serve(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar="RUN/STAGE", help="A trained stage, runs/x/sft or x/sft; a .gguf."),
    ],
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8000,
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than this machine need a token.")
    ] = "127.0.0.1",
    token_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The environment variable with a token to ask for."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What requests call the model; RUN/STAGE by default.")
    ] = None,
    most_tokens: Annotated[
        int, typer.Option(min=1, help="The longest answer, in tokens, whatever is asked for.")
    ] = 2048,
) -> None:
    """Serve a trained model to other tools, behind OpenAI's API of chat completions."""
    from tutelage.core.errors import InputError
    from tutelage.web.serve_endpoint import serve_endpoint

    model = stage_folder(checkpoint)
    if not model.exists():
        raise InputError(f"{checkpoint}: no such stage; name one such as runs/NAME/sft")
    named = name or "/".join(model.absolute().parts[-2:])
    serve_endpoint(model, named, host, port, token_env, most_tokens, say_address)
