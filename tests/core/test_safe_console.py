"""What documents and models wrote is shown in a terminal, and nothing in it is done."""

import io

import pytest
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from tutelage.core.safe_console import SafeConsole

WRITTEN = "a\x1b[2J\x1b]0;title\x07b\x9b31m\x00\r\n\tc"


def test_escape_codes_in_texts_are_signs_and_our_own_still_work() -> None:
    console = SafeConsole()
    console.file = out = io.StringIO()
    table = Table()
    table.add_column("x")
    table.add_row(Text(WRITTEN))
    for thing in (WRITTEN, Text(WRITTEN), Panel(Text(WRITTEN)), table):
        console.print(thing, markup=False, highlight=False)
    said = out.getvalue()
    assert not {"\x1b", "\x07", "\x9b", "\x00", "\r"} & set(said)
    assert said.count("␛[2J") == 4


def test_colours_of_our_own_still_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLORTERM", "")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = SafeConsole()
    console.file = out = io.StringIO()
    console.print("red\x1b[2J", style="red", highlight=False, markup=False)
    assert out.getvalue() == "\x1b[31mred␛[2J\x1b[0m\n"
