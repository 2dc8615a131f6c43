"""What is shipped and shown is YAML that every reader takes, not libyaml alone."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for folder in ("recipes", "taxonomies", "pipeline", "docs")
    for pattern in ("*.yaml", "*.yml", "*.md")
    for file in sorted((ROOT / folder).rglob(pattern))
]
_BLOCK = re.compile(r"```ya?ml[^\n]*\n(.*?)```", re.DOTALL)


def texts(file: Path) -> list[str]:
    """The YAML of a file, or of a page's code blocks."""
    text = file.read_text(encoding="utf-8")
    return _BLOCK.findall(text) if file.suffix == ".md" else [text]


@pytest.mark.parametrize("file", [ROOT / "README.md", *FILES], ids=lambda file: file.name)
def test_yaml_is_read_without_libyaml(file: Path) -> None:
    for text in texts(file):
        yaml.load(text, Loader=yaml.SafeLoader)
