"""The site builds without a warning, and its pages need nothing from the network."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generated import PAGES

ROOT = Path(__file__).parents[2]
ASSET = re.compile(
    r"<(?:script|img|iframe)[^>]*src=.https?:|<link[^>]*href=.https?:|url\(.?https?:"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "ignore", "-m", "sphinx", "--fail-on-warning", "--keep-going"]
    built = subprocess.run(
        [*command, "--quiet", str(ROOT / "docs"), str(out)], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr
    return out


def texts(site: Path) -> Iterator[tuple[str, str]]:
    for file in [*site.rglob("*.html"), *site.rglob("*.css")]:
        yield file.name, file.read_text(encoding="utf-8")


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    found = {name: ASSET.findall(text) for name, text in texts(site)}
    assert len(found) > 10
    assert {name: assets for name, assets in found.items() if assets} == {}


def test_every_generated_text_has_its_page(site: Path) -> None:
    pages = "".join((ROOT / "docs").joinpath(page).read_text("utf-8") for page in sources())
    assert set(re.findall(r"<!-- generated: (\w+) -->", pages)) == set(PAGES)


NO_PAGES = ("index.md", "SKILL.md")


def sources() -> list[Path]:
    return [page.relative_to(ROOT / "docs") for page in sorted((ROOT / "docs").rglob("*.md"))]


def test_every_page_is_in_the_index(site: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    for page in sources():
        assert f'href="{page.with_suffix(".html")}"' in index or page.name in NO_PAGES
