"""A new user's walk: two manuals, drafts, approval in a browser, a run, a chat, an export.

One value is written by hand: a draft that the user words otherwise. Every command ends well.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tutelage.cli.app import app
from tutelage.core.labels import read_labels
from tutelage.taxonomy.load import load_taxonomy
from typer.testing import CliRunner

from tests.browser.devtools import OVERFLOW, Tab, chromium, find_browser

BROWSER = find_browser()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed"),
]
KETTLE = """\
# The Brindle kettle

## Filling
The Brindle kettle holds 8 cups of water. The filter of the kettle is cleaned every 3 months.

## Heating
A full Brindle kettle boils in 5 minutes. The base of the kettle draws 2200 watts.
The kettle switches itself off at 100 degrees.

## Care
Limescale is removed from the kettle with 2 spoons of citric acid.
The guarantee of the kettle lasts 4 years. The cord of the kettle is 75 centimetres long.
"""
LAMP = """\
# The Osmund lamp

## Light
The Osmund lamp shines for 9 hours on one charge. The bulb of the lamp gives 400 lumens.
Three taps on the Osmund lamp choose the night light.

## Battery
The battery of the lamp is full after 6 hours. The charger of the lamp needs 12 volts.
A spare battery for the Osmund lamp costs 30 crowns.

## Stand
The stand of the Osmund lamp weighs 2 kilograms. The arm of the lamp reaches 55 centimetres.
"""
KEY = "document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{}', bubbles: true}}))"
COUNT = "document.getElementById('count').textContent"
EDIT = """
(() => { const area = document.querySelector('#form textarea[data-name=question]');
area.value = 'How much water does a Brindle kettle take?';
area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true})); })()
"""
ASK = """
(() => { document.getElementById('question').value = 'How much water does a Brindle kettle take?';
document.getElementById('tokens').value = 4; document.getElementById('blind').checked = true;
document.getElementById('send').click(); })()
"""
NAMES = "[...document.querySelectorAll('#answers h3')].map(head => head.textContent)"
VOTES = "!document.getElementById('votes').hidden"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after everything: a taxonomy, a run, votes and an exported file."""
    place = tmp_path_factory.mktemp("walk")
    (place / "manuals").mkdir()
    (place / "manuals" / "kettle.md").write_text(KETTLE)
    (place / "manuals" / "lamp.md").write_text(LAMP)
    taxonomy = place / "kit"
    told = _command(
        "init",
        place / "manuals",
        "--out",
        taxonomy,
        "--teacher",
        "scripted:",
        "--recipe",
        "smoke",
        "--seeds",
        "3",
        "--held-out",
        "3",
    )
    assert "tutelage review" in told
    with _served("review", taxonomy) as address:
        asyncio.run(_in_browser(address, place, _approve))
    run, recipe = place / "run", taxonomy / "kit.yaml"
    assert "stage" in _command("plan", recipe)
    _command("run", recipe, "--out", run, "--set", "stages.sft.epochs=1")
    with _served("chat", run, "--models", "student,dpo") as address:
        asyncio.run(_in_browser(address, place, _chat))
    _command("export", run / "dpo", "--gguf", "F16", "--out", place / "kit.gguf", "--check")
    return place


def _command(*words: Any) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@contextmanager
def _served(page: str, *words: Any) -> Iterator[str]:
    command = [sys.executable, "-m", "tutelage.cli", page, *map(str, words), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


async def _in_browser(
    address: str, place: Path, does: Callable[[Tab], Coroutine[Any, Any, None]]
) -> None:
    assert BROWSER is not None
    async with chromium(BROWSER, place / "profile" / does.__name__) as tab:
        size = {"width": 1200, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        await tab.send("Emulation.setDeviceMetricsOverride", size)
        await tab.send("Page.enable")
        await tab.send("Page.navigate", {"url": address})
        await does(tab)
        assert await tab.value(OVERFLOW) <= 0


async def _approve(tab: Tab) -> None:
    """Approve every draft by key, one of them in other words."""
    left = await _settled(tab, None)
    await tab.value(KEY.format("e"))
    await tab.value(EDIT)
    left = await _settled(tab, left)
    while left:
        await tab.value(KEY.format("a"))
        left = await _settled(tab, left)
    assert "Nothing is left" in await tab.value("document.body.innerText")


async def _chat(tab: Tab) -> None:
    """Ask the student before and after training, and vote without their names."""
    await _until(tab, "document.getElementById('left')?.options.length")
    await tab.value(ASK)
    await _until(tab, VOTES)
    assert await tab.value(NAMES) == ["Answer 1", "Answer 2"]
    await tab.value(KEY.format("1"))
    await _until(tab, f"!({VOTES})")
    assert sorted(await tab.value(NAMES)) == ["dpo", "student"]


async def _until(tab: Tab, expression: str) -> None:
    """Wait until an expression is true in the page."""
    for _ in range(2000):
        if await tab.value(expression):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never: {expression}; {await tab.value('document.body.innerText')}")


async def _settled(tab: Tab, before: int | None) -> int:
    """How many drafts wait, once the page has seen to the last key."""
    shown = f"(document.getElementById('count') ? {COUNT} : '')"
    await _until(tab, f"{shown} && parseInt({shown}) !== {json.dumps(before)}")
    return int(str(await tab.value(COUNT)).split()[0])


def test_everything_is_approved_and_one_value_was_written_by_hand(walked: Path) -> None:
    leaves = load_taxonomy(walked / "kit", [walked / "manuals"]).leaves
    assert len(leaves) == 2
    origins = [one.author.origin for leaf in leaves for one in leaf.seeds]
    origins += [one.author.origin for leaf in leaves for one in leaf.eval_examples]
    assert sorted(set(origins)) == ["approved", "edited"]
    assert origins.count("edited") == 1
    assert len(origins) >= 10
    assert len(read_labels(walked / "kit" / "labels.jsonl")) == len(origins)


def test_the_report_says_who_wrote_the_exam(walked: Path) -> None:
    report = json.loads((walked / "run" / "report.json").read_text())
    assert report["authorship"]["same"] == ["scripted:"]
    assert {line["origin"] for line in report["authorship"]["examples"]} == {"approved", "edited"}


def test_a_blind_vote_on_the_trained_model_is_kept(walked: Path) -> None:
    (vote,) = read_labels(walked / "run" / "labels.jsonl")
    assert (vote.verdict, vote.blind) == ("left", True)
    assert "dpo" in str(vote.note)
    assert "student" in str(vote.note)


def test_the_exported_file_answers_as_the_model_it_was_made_of(walked: Path) -> None:
    assert (walked / "kit.gguf").stat().st_size > 10_000
    report = json.loads((walked / "run" / "report.json").read_text())
    (check,) = report["exports"]
    assert (check["n"], check["kind"]) == (len(_held_out(walked)), "F16")


def _held_out(walked: Path) -> list[Any]:
    leaves = load_taxonomy(walked / "kit", [walked / "manuals"]).leaves
    return [one for leaf in leaves for one in leaf.eval_examples]
