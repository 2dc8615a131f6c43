"""A new user's walk: two manuals, drafts, approval in a browser, a run, a chat, an export.

One value is written by hand: a draft that the user words otherwise.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tutelage
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tutelage.cli.app import app
from tutelage.core.labels import read_labels
from tutelage.provenance.run_folder import RunFolder
from tutelage.sharing.gguf_export import export_gguf
from tutelage.taxonomy.load import load_taxonomy
from tutelage.web.chat_api import Chat
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


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after everything up to the run."""
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
    with _served(taxonomy) as address:
        asyncio.run(_approve(address, place))
    tutelage.run(
        taxonomy / "kit.yaml",
        out=place / "run",
        until="sft",
        settings={"stages.sft.epochs": 1},
        quiet=True,
    )
    return place


def _command(*words: Any) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@contextmanager
def _served(taxonomy: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tutelage.cli", "review", str(taxonomy), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


async def _approve(address: str, place: Path) -> None:
    """Approve every draft by key, one of them in other words."""
    assert BROWSER is not None
    async with chromium(BROWSER, place / "profile") as tab:
        size = {"width": 1200, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        await tab.send("Emulation.setDeviceMetricsOverride", size)
        await tab.send("Page.enable")
        await tab.send("Page.navigate", {"url": address})
        left = await _settled(tab, None)
        await tab.value(KEY.format("e"))
        await tab.value(EDIT)
        left = await _settled(tab, left)
        while left:
            await tab.value(KEY.format("a"))
            left = await _settled(tab, left)
        assert "Nothing is left" in await tab.value("document.body.innerText")
        assert await tab.value(OVERFLOW) <= 0


async def _settled(tab: Tab, before: int | None) -> int:
    """How many drafts wait, once the page has seen to the last key."""
    async with asyncio.timeout(60):
        while True:
            text = str(await tab.value(f"document.getElementById('count') ? {COUNT} : ''"))
            if text and (left := int(text.split()[0])) != before:
                return left
            await asyncio.sleep(0.05)


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


def test_the_trained_model_answers_and_leaves_as_one_file(walked: Path) -> None:
    async def talk() -> dict[str, Any]:
        chat = Chat(RunFolder.load(walked / "run"), ["sft"])
        server = web.Application()
        server.add_routes(chat.routes())
        turn = {"role": "user", "content": "How much water does a Brindle kettle take?"}
        try:
            async with TestClient(TestServer(server)) as client:
                asked = {"model": "sft", "messages": [turn], "max_tokens": 4}
                return dict(await (await client.post("/api/chat", json=asked)).json())
        finally:
            chat.close()

    assert "error" not in asyncio.run(talk())
    (file,) = export_gguf(walked / "run" / "sft", walked / "kit.gguf", "F16")
    assert file.stat().st_size > 10_000
