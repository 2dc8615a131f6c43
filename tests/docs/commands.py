"""Command lines as pages show them: split, parsed by the command's own parser, and run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from tutelage.cli.app import app
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.shipped import find_recipe
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def lines_of(text: str) -> Iterator[list[str]]:
    """The commands of a shell block, split into words; comments and blank lines left out."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        words = shlex.split(re.sub(r"(?:^|\s)#\s.*", "", line))
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words:
            yield words


def check(words: list[str]) -> None:
    """Fail where a command that is not run could not be: unknown options, targets, extras."""
    program, *rest = words
    if program == "tutelage":
        _check_ours(rest)
    elif program == "make":
        targets = [word for word in rest if "=" not in word]
        assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)
    elif words[:2] == ["pip", "install"]:
        extras = re.findall(r"tutelage\[(\w+)\]", " ".join(rest))
        assert all(re.search(rf"^{extra} = \[", PROJECT, re.MULTILINE) for extra in extras)
    else:
        known = ("git", "cd", "python", "pip", "export", "ray", "srun")
        assert program in known, f"unknown: {program}"


def run(words: list[str]) -> tuple[int, str]:
    """Run a command of ours; its exit code and what it printed. Others are only checked."""
    if words[0] != "tutelage":
        check(words)
        return 0, ""
    result = CliRunner().invoke(app, words[1:])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        code = getattr(result.exception, "exit_code", None)
        if code is None:
            raise result.exception
        return int(code), f"{result.output}\nerror: {result.exception}"
    return result.exit_code, result.output


def _check_ours(words: list[str]) -> None:
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words and words[0] in command.commands, f"no command: tutelage {' '.join(words)}"
        command, words = command.commands[words[0]], words[1:]
    given = command.make_context(command.name, list(words)).params
    if command.name in ("run", "plan"):
        names = {name: given.get(name) for name in ("teacher", "student")}
        load_recipe(
            find_recipe(given["recipe"]),
            list(given.get("sets") or []),
            {name: text for name, text in names.items() if text},
            given.get("taxonomy"),
        )
