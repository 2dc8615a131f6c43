"""The training log: JSON lines beside the checkpoint, written by the trainer, read by everyone.

A line with `step` holds what was logged at that step (`eval_` marks validation); others hold
`total_steps`, `rows` (how many were used, and why not all), `setup`, a `warning` or a `finding`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOG = "log.jsonl"


def write_line(folder: Path, line: dict[str, Any]) -> None:
    """Append one line to the log of a folder."""
    with (folder / LOG).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def lines_from(file: Path, at: int) -> tuple[list[dict[str, Any]], int]:
    """The whole lines from byte `at` on, and the byte after them."""
    if not file.exists():
        return [], at
    with file.open("rb") as stream:
        stream.seek(at)
        data = stream.read()
    whole = data[: data.rfind(b"\n") + 1]
    return list(_parsed(whole)), at + len(whole)


def forget_after(folder: Path, step: int) -> None:
    """Drop what a killed run logged beyond the checkpoint that training goes on from."""
    file = folder / LOG
    lines, _ = lines_from(file, 0)
    kept = [line for line in lines if step and line.get("step", 0) <= step]
    if file.exists():
        file.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")


def _parsed(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        yield json.loads(line)
