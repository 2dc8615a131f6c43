"""Decisions of people: added to a file, never lost, taken back by a line of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.errors import RowsError
from tutelage.core.labels import (
    Label,
    add_label,
    content_digest,
    read_labels,
    rows_shown,
    undo_label,
)


def _label(row: str, verdict: str = "accept", rater: str = "ana", **more: object) -> Label:
    return Label(row=row, content="c", verdict=verdict, rater=rater, seconds=2.5, **more)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "labels.jsonl"


def test_of_one_person_on_one_row_the_last_decision_stands(file: Path) -> None:
    for label in (_label("1"), _label("2"), _label("1", "reject"), _label("1", rater="bo")):
        add_label(file, label)
    standing = {(label.row, label.rater): label.verdict for label in read_labels(file)}
    assert standing == {("1", "ana"): "reject", ("2", "ana"): "accept", ("1", "bo"): "accept"}


def test_what_is_taken_back_gives_way_to_what_was_said_before(file: Path) -> None:
    first, second = _label("1"), _label("1", "edit", edit="42 berths")
    for label in (first, second):
        add_label(file, label)
    undo_label(file, second.id)
    assert [label.verdict for label in read_labels(file)] == ["accept"]
    undo_label(file, first.id)
    assert read_labels(file) == []
    assert len(file.read_text(encoding="utf-8").splitlines()) == 4


def test_a_line_that_a_kill_cut_off_is_passed_over_and_costs_no_other(file: Path) -> None:
    add_label(file, _label("1"))
    with file.open("ab") as stream:
        stream.write(b'{"row": "2", "verd')
    assert [label.row for label in read_labels(file)] == ["1"]
    add_label(file, _label("3"))
    assert [label.row for label in read_labels(file)] == ["1", "3"]


def test_a_line_that_is_no_label_is_named(file: Path) -> None:
    file.write_text('{"row": "1", "verdict": "perhaps"}\n', encoding="utf-8")
    with pytest.raises(RowsError, match=r"labels\.jsonl:1: .*perhaps"):
        read_labels(file)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"verdict": ["accept"]}, "verdict"),
        ({"row": 3}, "row"),
        ({"rater": None}, "rater"),
        ({"seconds": "3"}, "seconds"),
        ({"time": 5}, "time"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_line_of_other_parts_is_named(file: Path, change: dict[str, Any], named: str) -> None:
    line = {"row": "a", "content": "x", "verdict": "accept", "rater": "ana", "seconds": 1.0}
    file.write_text(json.dumps(line | change) + "\n" + json.dumps({"shown": "a"}) + "\n")
    with pytest.raises(RowsError, match=rf"labels\.jsonl:1: .*{named}.*delete the line"):
        read_labels(file)
    assert rows_shown(file, "ana") == set()


def test_a_label_holds_for_the_words_that_were_read() -> None:
    row = {"id": "1", "prompt": [{"role": "user", "content": "What?"}], "verdicts": [1]}
    assert content_digest(row) == content_digest(row | {"verdicts": [], "id": "2"})
    assert content_digest(row) != content_digest(row | {"context": "Elsmere has 42 berths."})


_WRITER = """
import sys
from pathlib import Path
from typing import Any
from tutelage.core.labels import Label, add_label
for n in range(10_000):
    label = Label(row=str(n), content="c", verdict="accept", rater="ana", seconds=1.0)
    add_label(Path(sys.argv[1]), label)
    print(n, flush=True)
"""


def test_what_was_acknowledged_survives_kills(file: Path) -> None:
    acknowledged = 0
    for _ in range(3):
        command = [sys.executable, "-c", _WRITER, str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.05)
            os.kill(child.pid, signal.SIGKILL)
            rest = child.stdout.read().splitlines()
        acknowledged = max(acknowledged, len(rest))
        assert len(read_labels(file)) >= acknowledged
