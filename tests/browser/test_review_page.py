"""The review page by keys in a real browser: undo, reload, two tabs, a kill and a restart."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row, Rows
from tutelage.core.labels import LABELS, read_labels

from tests.browser.devtools import OVERFLOW, Tab, chromium, find_browser
from tests.report.handmade import HandMade, said, use

BROWSER = find_browser()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed"),
]
ROW = "(document.querySelector('#row .question')?.textContent ?? '')"
COUNT = "document.getElementById('count').textContent"
NOTICE = "document.getElementById('notice').textContent"
TYPE = """
(() => {{ const area = document.querySelector('#row textarea'); area.value = {text}; {done} }})()
"""
KEEP = "area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true}));"
OTHER_TAB = """
fetch('/api/next?after=r%s').then((answer) => answer.json()).then((found) => fetch('/api/label', {
  method: 'POST', body: JSON.stringify({row: found.id, verdict: 'reject'}),
})).then(() => { document.body.dataset.sent = 1 })
"""


def _run(folder: Path, count: int) -> Path:
    rows: list[Row] = [
        {
            "id": f"r{n}",
            "leaf": "knowledge/a",
            "parents": [],
            "prompt": [{"role": "user", "content": f"<b>What</b> is {n}?"}],
            "completion": said(f"It is {n}."),
            "verdicts": [{"by": "grounded", "keep": True, "reason": None}],
        }
        for n in range(count)
    ]
    HandMade(folder).stage("made", Rows(rows), {}, [use("made")])
    return folder


@asynccontextmanager
async def _served(run: Path) -> AsyncIterator[tuple[str, Callable[[], None]]]:
    """The address of a server of the run, and what kills it."""
    command = [sys.executable, "-m", "tutelage.cli", "review", str(run), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield (await asyncio.to_thread(server.stdout.readline)).strip(), server.kill
        finally:
            server.kill()


async def _open(tab: Tab, address: str, width: int = 1200) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    await tab.send("Emulation.setDeviceMetricsOverride", size)
    await tab.send("Page.enable")
    await tab.send("Page.navigate", {"url": address})
    await _until(tab, f"document.getElementById('row') && {ROW}")


async def _until(tab: Tab, expression: str) -> Any:
    """The value of an expression, once there is one."""
    for _ in range(1500):
        if value := await tab.value(expression):
            return value
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {expression}; {await tab.value('document.body.innerText')}")


async def _press(tab: Tab, key: str) -> None:
    event = f"new KeyboardEvent('keydown', {{key: {json.dumps(key)}, bubbles: true}})"
    await tab.value(f"document.dispatchEvent({event})")


async def _decide(tab: Tab, key: str, decided: int) -> str:
    """Decide by key; returns the question decided on, when the next one is there."""
    question = str(await tab.value(ROW))
    await _press(tab, key)
    await _until(tab, f"{COUNT} === '{decided} decided' && {ROW} !== {json.dumps(question)}")
    return question


def _verdicts(run: Path) -> dict[str, str]:
    return {str(label.question): label.verdict for label in read_labels(run / LABELS)}


def _in_browser(folder: Path, walk: Callable[[Tab], Awaitable[None]]) -> None:
    async def whole() -> None:
        assert BROWSER is not None
        async with chromium(BROWSER, folder / "profile") as tab:
            await walk(tab)

    asyncio.run(whole())


def test_decisions_by_key_survive_undo_reload_kill_and_restart(tmp_path: Path) -> None:
    run = _run(tmp_path / "run", 60)

    async def walk(tab: Tab) -> None:
        async with _served(run) as (address, kill):
            await _open(tab, address)
            first = await _decide(tab, "a", 1)
            second = await _decide(tab, "r", 2)
            assert _verdicts(run) == {first: "accept", second: "reject"}
            await tab.value("document.body.dataset.old = 1")
            await tab.send("Page.reload")
            await _until(tab, f"!document.body.dataset.old && {ROW}")
            await _press(tab, "u")  # what was decided before the reload
            await _until(tab, f"{COUNT} === '1 decided' && {ROW} === {json.dumps(second)}")
            assert not await tab.value("document.querySelector('.words')")  # still blind
            await _decide(tab, "a", 2)
            kill()
            await _press(tab, "a")
            assert await _until(tab, NOTICE)  # the page says that nobody answers
        async with _served(run) as (address, _):
            await _open(tab, address)
            await _until(tab, f"{COUNT} === '2 decided'")
            third = await _decide(tab, "r", 3)
            assert third not in (first, second)
        labels = read_labels(run / LABELS)
        assert _verdicts(run) == {first: "accept", second: "accept", third: "reject"}
        assert all(label.blind for label in labels)

    _in_browser(tmp_path, walk)


def test_keys_that_come_too_fast_decide_on_no_unseen_row(tmp_path: Path) -> None:
    run = _run(tmp_path / "run", 60)

    async def walk(tab: Tab) -> None:
        async with _served(run) as (address, _):
            await _open(tab, address)
            press = "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'a'}))"
            question = await tab.value(ROW)
            await tab.value(f"for (let n = 0; n < 9; n++) {press}")
            await _until(tab, f"{ROW} !== {json.dumps(question)}")
            assert list(_verdicts(run)) == [question]

    _in_browser(tmp_path, walk)


def test_a_note_goes_with_the_decision_and_edits_are_text(tmp_path: Path) -> None:
    run = _run(tmp_path / "run", 60)

    async def walk(tab: Tab) -> None:
        async with _served(run) as (address, _):
            await _open(tab, address, width=390)
            assert await tab.value(OVERFLOW) <= 0
            await _press(tab, "n")
            await tab.value(TYPE.format(text="'<i>wrong unit</i>'", done=KEEP))
            await _until(tab, "!document.querySelector('#row textarea')")
            assert not (run / LABELS).exists()
            await _decide(tab, "r", 1)
            await _press(tab, "e")
            await tab.value(TYPE.format(text="'It is <b>7</b>.'", done=KEEP))
            await _until(tab, f"{COUNT} === '2 decided'")
            assert not await tab.value("document.querySelector('#row i, #row b')")
        rejected, edited = read_labels(run / LABELS)
        assert (rejected.verdict, rejected.note) == ("reject", "<i>wrong unit</i>")
        assert (edited.verdict, edited.edit) == ("edit", "It is <b>7</b>.")

    _in_browser(tmp_path, walk)


def test_what_another_tab_decided_is_not_asked_again(tmp_path: Path) -> None:
    run = _run(tmp_path / "run", 60)

    async def walk(tab: Tab) -> None:
        async with _served(run) as (address, _):
            await _open(tab, address)
            here = await tab.value(ROW)
            await tab.value(OTHER_TAB % here.rpartition(" ")[2].rstrip("?"))
            await _until(tab, "document.body.dataset.sent")
            (elsewhere,) = _verdicts(run)
            assert await _decide(tab, "a", 2) == here
            assert await tab.value(ROW) not in (here, elsewhere)
        assert _verdicts(run) == {here: "accept", elsewhere: "reject"}

    _in_browser(tmp_path, walk)
