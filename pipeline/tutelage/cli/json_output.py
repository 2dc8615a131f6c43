"""`--json` on every command: what it found as one JSON object on stdout, all else on stderr."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Annotated, Any

import typer

from tutelage.cli.options import console

_HELP = "Print the result as JSON on stdout, everything else on stderr."
USAGE_ERROR: Any = typer.BadParameter.__base__
"""What a command line that is wrong raises: an unknown command or option, a missing argument."""
_OPTION = Annotated[bool, typer.Option("--json", help=_HELP)]


class _Output:
    """What this process was asked to print, and has printed."""

    wanted = False
    printed = False


def with_json(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option `--json`; what it passes to `emit` is printed then."""

    @wraps(command)
    def run(*values: Any, as_json: bool = False, **named: Any) -> None:
        _Output.wanted, _Output.printed = as_json, False
        console.stderr = as_json
        command(*values, **named)
        if as_json and not _Output.printed:
            raise AssertionError(f"{command.__name__}: nothing was emitted")

    signature = inspect.signature(command, eval_str=True)
    option = inspect.Parameter(
        "as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_OPTION
    )
    run.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), option]
    )
    run.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()} | {
        "as_json": _OPTION
    }
    return run


def emit(facts: Mapping[str, Any]) -> bool:
    """Print a command's result where JSON is wanted, and say whether it is.

    A command that serves emits its address first and goes on.
    """
    if _Output.wanted:
        typer.echo(json.dumps(facts, indent=1, ensure_ascii=False, default=str))
        _Output.printed = True
    return _Output.wanted


def say_address(text: str) -> None:
    """Show where a local server listens; `text` begins with its address."""
    emit({"address": text.split(maxsplit=1)[0]})
    console.print(text, markup=False, soft_wrap=True)  # an address stays one line


def say_lines(lines: Iterable[str]) -> None:
    """Print what there is to say when a page is closed."""
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def asks_for_json() -> bool:
    """Whether the command line, right or wrong, has the option; nothing is printed yet."""
    _Output.wanted, _Output.printed = "--json" in sys.argv, False
    return _Output.wanted


def emit_error(problem: Exception, exit_code: int, words: str = "") -> None:
    """Print why a command failed, as JSON where that is wanted and no result was printed."""
    if not _Output.printed:
        text = words or str(problem)
        emit({"error": text, "kind": type(problem).__name__, "exit_code": exit_code})
