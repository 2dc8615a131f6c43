"""What a taxonomy that is there already reads, so that nothing is made of it a second time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutelage.core.yaml_io import read_yaml
from tutelage.taxonomy.leaf import ROOTS


def leaf_texts(taxonomy: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each `qna.yaml` with its content; files that are no YAML are left to `lint`."""
    for root in ROOTS:
        for file in sorted((taxonomy / root).rglob("qna.yaml")):
            try:
                value = read_yaml(file.read_text(encoding="utf-8-sig")).value
            except (OSError, UnicodeDecodeError):
                continue
            if isinstance(value, dict):
                yield file, value


def documents_read(taxonomy: Path) -> dict[Path, Path]:
    """By document that a leaf reads, the leaf's file."""
    found: dict[Path, Path] = {}
    for file, value in leaf_texts(taxonomy):
        source = value.get("document")
        if not isinstance(source, dict):
            continue
        root = file.parent / str(source.get("root") or ".")
        for pattern in source.get("path") or []:
            if isinstance(pattern, str) and not Path(pattern).is_absolute():
                found |= {path.resolve(): file for path in root.glob(pattern)}
    return found


def tasks_written(taxonomy: Path) -> dict[str, Path]:
    """By task description of a skill leaf, the leaf's file."""
    return {
        str(value.get("task_description") or "").strip(): file
        for file, value in leaf_texts(taxonomy)
        if file.relative_to(taxonomy).parts[0] != "knowledge"
    }
