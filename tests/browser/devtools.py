"""A headless Chromium driven through its DevTools protocol: no driver, no further package."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE_SECONDS = 60.0
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""In the page: by how much it is wider than it may be. `innerWidth` grows with it on a phone."""


def find_browser() -> str | None:
    """The path of a Chromium or Chrome; None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@dataclass
class Page:
    """A page as a browser showed it."""

    overflow: int
    """CSS pixels by which the content is wider than the window."""
    text: str
    requests: list[str]
    """What was asked for over any network, the page's own file aside."""
    complaints: list[str]
    """Console messages, script errors and what a policy blocked."""
    png: bytes


@asynccontextmanager
async def chromium(browser: str, profile: Path) -> AsyncIterator["Tab"]:
    """A running browser's one tab; the browser ends with the context."""
    command = [browser, "--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    command += ["--no-first-run", "--disable-gpu", "--hide-scrollbars", "about:blank"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium refuses to sandbox what root started
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = await _port(profile / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = await answer.json()
            address = next(tab for tab in tabs if tab["type"] == "page")["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Tab(socket)
    finally:
        process.terminate()
        process.wait()


async def _port(file: Path) -> str:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not (file.exists() and file.read_text().count("\n")):
            await asyncio.sleep(0.05)
    return file.read_text().splitlines()[0]


@dataclass
class Tab:
    """Sends commands and keeps the events that come between the answers."""

    socket: aiohttp.ClientWebSocketResponse
    events: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0

    async def show(self, file: Path, width: int, *, dark: bool = False) -> Page:
        """Load a file in a window of that width and see what happens."""
        self.events.clear()
        for name in ("Page", "Network", "Log", "Runtime"):
            await self.send(f"{name}.enable")
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        await self.send("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", {"features": [scheme]})
        await self.send("Page.navigate", {"url": file.as_uri()})
        await self.wait("Page.loadEventFired")
        page = await self.send("Page.captureScreenshot", {"captureBeyondViewport": True})
        return Page(
            overflow=await self.value(OVERFLOW),
            text=await self.value("document.body.innerText"),
            requests=[url for url in self._asked() if url != file.as_uri()],
            complaints=self._complaints(),
            png=base64.b64decode(page["data"]),
        )

    async def value(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = await self.send(
            "Runtime.evaluate", {"expression": expression, "returnByValue": True}
        )
        return answer["result"].get("value")

    async def send(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a command; returns its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters or {}}
        await self.socket.send_str(json.dumps(message))
        while True:
            heard = await self._hear()
            if heard.get("id") == self.number:
                assert "error" not in heard, heard
                return heard["result"]  # type: ignore[no-any-return]

    async def wait(self, event: str) -> None:
        """Return once an event has come."""
        while not any(heard["method"] == event for heard in self.events):
            await self._hear()

    async def _hear(self) -> dict[str, Any]:
        heard: dict[str, Any] = await self.socket.receive_json(timeout=_PATIENCE_SECONDS)
        if "method" in heard:
            self.events.append(heard)
        return heard

    def _asked(self) -> list[str]:
        sent = [e["params"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [str(parameters["request"]["url"]) for parameters in sent]

    def _complaints(self) -> list[str]:
        names = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [json.dumps(e["params"]) for e in self.events if e["method"] in names]
