"""The page in a real browser: offline, quiet, whole at any width, and nothing in it runs."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from tutelage.core.artifacts import Scores
from tutelage.evaluation.statistics.doubling import statement
from tutelage.evaluation.statistics.scaling_law import Curve, Point
from tutelage.report.diversity_section import WORDS
from tutelage.report.write_report import write_report

from tests.browser.devtools import Page, chromium, find_browser
from tests.report import runs
from tests.report.handmade import HOSTILE, LEAVES, HandMade

BROWSER = find_browser()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed"),
]
CURVE = Curve(0.1, 6.0, 0.6)
LOOKS = {"wide": (1200, False), "narrow": (390, False), "dark": (1200, True)}
VISIBLE = '[...document.querySelectorAll(".sample")].filter(r => r.offsetHeight).length'
CHOOSE = 'document.querySelectorAll(".filters select")[1].selectedIndex = 2'


@dataclass(frozen=True, slots=True)
class Measurements:
    """The page at each width and scheme, and its rows before and after one status was chosen."""

    pages: dict[str, Page]
    rows: tuple[int, int]
    samples: list[str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Measurements:
    """A report whose rows, names and answers all try to run a script, looked at once for all."""
    place = tmp_path_factory.mktemp("page")
    run = runs.whole(place / "run")
    _measure(run)
    run.facts |= {"recipe": HOSTILE, "models": {HOSTILE: {"ref": HOSTILE * 9, "identity": None}}}
    run.write()
    samples = write_report(run.path)["samples"]
    pages, rows = asyncio.run(_look(run.path / "report.html", place / "profile"))
    return Measurements(pages, rows, [row["status"] for row in samples])


def _measure(run: HandMade) -> None:
    """Add what the page draws when there is more: diversity, a scaling study."""
    figures = [
        {"leaf": leaf, "when": when, "metric": metric, "value": value}
        for leaf in ("*", *LEAVES)
        for metric in WORDS
        for when, value in (("before", 0.4), ("after", 0.7))
    ]
    (run.path / "filter" / "stats.json").write_text(json.dumps({"diversity": figures}))
    points = [Point(size, (CURVE.error(size), CURVE.error(size) + 0.01)) for size in (40, 80, 160)]
    study = Scores([], [], {"scaling": statement(points, questions=144)})
    given = {"rows": [{"stage": "filter"}], "student": [{"model": "student"}]}
    run.stage("scaling", study, given, [])


async def _look(file: Path, profile: Path) -> tuple[dict[str, Page], tuple[int, int]]:
    assert BROWSER is not None
    async with chromium(BROWSER, profile) as tab:
        pages = {
            name: await tab.show(file, width, dark=dark) for name, (width, dark) in LOOKS.items()
        }
        before = await tab.value(VISIBLE)
        await tab.value(CHOOSE)
        return pages, (before, await tab.value(VISIBLE))


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_is_asked_for_and_nothing_complains(seen: Measurements, name: str) -> None:
    assert seen.pages[name].requests == []
    assert seen.pages[name].complaints == []


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_is_wider_than_the_window(seen: Measurements, name: str) -> None:
    assert seen.pages[name].overflow <= 0


def test_a_script_in_a_row_stays_text(seen: Measurements) -> None:
    text = seen.pages["wide"].text
    assert text.count(HOSTILE) > 5
    for heading in ("Did it get better?", "Would more data help?", "Did the rows stay diverse?"):
        assert heading in text


def test_dark_and_light_are_two_pictures(seen: Measurements) -> None:
    assert seen.pages["dark"].png != seen.pages["wide"].png
    assert seen.pages["dark"].text == seen.pages["wide"].text


def test_rows_are_filtered_without_a_script(seen: Measurements) -> None:
    before, after = seen.rows
    assert before == len(seen.samples)
    assert 0 < after == seen.samples.count("unfaithful") < before
