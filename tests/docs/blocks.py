"""The code blocks of a Markdown page, each with the marks that stand before it.

A mark is an HTML comment, which readers do not see: `<!-- test: ACTION TEXT -->`. Actions:

    with NAMES          set-up that the page's folder needs before the block (see `setups.py`)
    file PATH           the block is this file (else: the path in its first comment line)
    replace A => B      what runs has B in place of A (or nothing): a scripted model for a server
    in PLACE            a YAML fragment: part of a recipe's `stages`, of a `recipe`, ...
    exits CODE          the commands end with this code
    not run: REASON     nothing is run; commands and code are parsed, recipes are loaded
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MARK = re.compile(r"<!-- test: (with|file|replace|in|exits|not run:) (.+?) -->")
_FENCE = re.compile(r"^ *```+ *\{?([\w-]*)\}?.*$")
_PATH = re.compile(r"(?:#|//|\{#|<!--) ((?:[\w.-]+/)*[\w-]+\.\w+)\b")


@dataclass(frozen=True, slots=True)
class Mark:
    """One comment for the test, with its line in the page."""

    action: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A code block: its language, its text, its first line's number, the marks before it."""

    language: str
    text: str
    line: int
    marks: list[Mark] = field(default_factory=list)

    def mark(self, action: str) -> str | None:
        """The text of the last mark of an action; None where there is none."""
        found = [mark.text for mark in self.marks if mark.action == action]
        return found[-1] if found else None

    def marked(self, action: str) -> list[str]:
        """The texts of all marks of an action."""
        return [mark.text for mark in self.marks if mark.action == action]

    @property
    def reason(self) -> str | None:
        """Why the block is not run; None where it is."""
        return self.mark("not run:")

    @property
    def path(self) -> str | None:
        """The file that the block is, by a mark or by its own first line."""
        found = _PATH.match(self.text.partition("\n")[0])
        return self.mark("file") or (found[1] if found else None)

    @property
    def shown(self) -> str:
        """The text as it is run: what marks replace is replaced."""
        text = self.text
        for pair in self.marked("replace"):
            old, _, new = re.split(r" =>()(?: |$)", pair, maxsplit=1)
            assert old in text, f"line {self.line}: '{old}' is not in the block"
            text = text.replace(old, new)
        return text


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order; Sphinx's own directives among them are left out."""
    marks: list[Mark] = []
    lines = iter(enumerate(page.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if found := _MARK.search(line):
            marks.append(Mark(found[1], found[2], number))
        elif fence := _FENCE.match(line):
            indent = len(line) - len(line.lstrip())
            body = []
            for _, inner in lines:
                if inner.strip().startswith("```"):
                    break
                body.append(inner[indent:])
            if "{" not in line:
                yield Block(fence[1], "\n".join(body) + "\n", number, marks)
                marks = []
        elif "<!-- test:" in line:
            raise AssertionError(f"{page.name}:{number}: no such mark: {line.strip()}")
