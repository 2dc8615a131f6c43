"""Make the picture of the README: a run's report down to its first plot, in a headless Chromium.

`tutelage run quickstart`, then `python -m docs.picture runs/quickstart`.
"""

import asyncio
import base64
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from tutelage.report.html_page import page as html_of
from tutelage.report.report_data import build_report

from tests.browser.devtools import chromium, find_browser

WIDTH = 1100
OUT = Path(__file__).parent / "images" / "report.png"
_BELOW_PLOT = "document.querySelector('svg').getBoundingClientRect().bottom + scrollY + 24"


async def picture(run: Path) -> bytes:
    """A PNG of the report's verdict, its figures and the plot by topic."""
    browser = find_browser()
    if browser is None:
        raise SystemExit("install Chromium or Chrome first")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(html_of(build_report(run)), encoding="utf-8")
        async with chromium(browser, Path(folder) / "profile") as tab:
            await tab.show(file, WIDTH)
            height = await tab.value(_BELOW_PLOT)
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
            wanted = {"clip": clip, "captureBeyondViewport": True}
            shot = await tab.send("Page.captureScreenshot", wanted)
            return _small(base64.b64decode(shot["data"]))


def _small(png: bytes) -> bytes:
    """The same with 64 colours, which text and a few areas of colour do not miss."""
    small = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(64).save(small, "png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    OUT.write_bytes(asyncio.run(picture(Path(sys.argv[1]))))
