"""Every code block of the README and of docs/ works as it is written.

The blocks of a page run in order in one temporary folder, as a reader would try them; see
`blocks.py` for the marks that prepare or excuse one.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs import commands
from tests.docs.blocks import Block, blocks_of
from tests.docs.fragments import check_fragment
from tests.docs.setups import Setups

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "recipes" / "README.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setups: Setups) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    names: dict[str, Any] = {"__name__": "page"}
    for block in blocks_of(page):
        try:
            for name in " ".join(block.marked("with")).split():
                setups.prepare(name, tmp_path)
            _try(block, names)
        except BaseException as exc:
            exc.add_note(f"{page.relative_to(ROOT)}:{block.line}")
            raise


def _try(block: Block, names: dict[str, Any]) -> None:
    assert block.reason is None or len(block.reason) > 10, "say why it is not run"
    if block.language == "yaml":
        _check_yaml(block)
    if block.path:
        _write(block)
    elif block.language == "python":
        _try_python(block, names)
    elif block.language == "sh":
        _try_commands(block)
    elif block.language == "json":
        json.loads(block.shown)
    elif block.language != "yaml":
        assert block.language == "text", f"a block of language '{block.language}' is not tested"


def _check_yaml(block: Block) -> None:
    """As pure Python reads it, not only libyaml: other parsers are as strict."""
    yaml.load(block.text, yaml.SafeLoader)
    if not block.path:
        place = block.mark("in")
        assert place, "a block of YAML is a file (first line `# path.yaml`) or `in` something"
        check_fragment(block.shown, place)


def _write(block: Block) -> None:
    file = Path(block.path or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(block.shown, encoding="utf-8")
    if block.language == "python":
        compile(block.shown, str(file), "exec")


def _try_python(block: Block, names: dict[str, Any]) -> None:
    code = compile(block.shown, f"line {block.line}", "exec")
    if block.reason is None:
        exec(code, names)


def _try_commands(block: Block) -> None:
    expected = int(block.mark("exits") or 0)
    for words in commands.lines_of(block.text):
        commands.check(words)
    for words in commands.lines_of(block.shown) if block.reason is None else ():
        code, printed = commands.run(words)
        assert code == expected, f"{' '.join(words)}\n{printed}"
    assert os.environ.get("TUTELAGE_DEBUG") is None
