"""Whatever stands in a file of rows, reading gives rows that can be saved, or one RowsError."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from tutelage.core.artifacts import Rows, answer_of, prompt_of, question_of
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import load_rows
from tutelage.core.parquet_rows import read_parquet, write_parquet
from tutelage.core.row_formats.export import EXPORTS, export_row

from tests.fuzz.fuzzing import LETTERS, fuzz, mutated
from tests.fuzz.ten_scripts import TEN_SCRIPTS

ASK, SAY = TEN_SCRIPTS["Han"]
CALL = {"type": "function", "function": {"name": "tide", "arguments": {"hour": 6}}}
TURNS = [{"role": "user", "content": ASK}, {"role": "assistant", "content": SAY}]
ROWS: list[dict[str, Any]] = [
    {"id": 7, "prompt": ASK, "completion": SAY, "leaf": "a", "parents": ["b"], "attributes": {}},
    {"messages": [*TURNS, {"role": "assistant", "content": None, "tool_calls": [CALL]}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": ASK}]}], "tools": [CALL]},
    {"instruction": ASK, "input": "", "output": SAY, "history": [[ASK, SAY]], "system": "so"},
    {"conversations": [{"from": "human", "value": ASK}, {"from": "gpt", "value": SAY}]},
    {"question": ASK, "answers": {"text": [SAY]}, "context": SAY},
    {"prompt": ASK, "chosen": SAY, "rejected": TURNS, "score": 1.5},
    {"instruction": ASK, "completions": [{"response": SAY, "overall_score": n} for n in (1, 2)]},
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | LETTERS
    | st.sampled_from(["user", "assistant", "tool", "[]", '{"role": "user", "content": "a"}']),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "from", "value", "type", "text", "a", ""]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
COLUMNS = sorted({name for row in ROWS for name in row} | {"verdicts", "trace", "extra", "text"})


def _use(file: Path) -> None:
    """All that stages do with rows first: read, ask for prompt and answer, save, export."""
    try:
        rows = load_rows(file)
    except RowsError as exc:
        assert str(exc).startswith(str(file))
        return
    for row in rows:
        assert isinstance(question_of(row) + answer_of(row), str)
        for name in EXPORTS:
            try:
                json.dumps(export_row(row, name, "here"))
                prompt_of(row)
            except RowsError:
                continue
    if rows:
        Rows(rows).save(file.parent)
        assert [row["id"] for row in Rows.load(file.parent).kept] == [row["id"] for row in rows]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_file_of_any_text(tmp_path: Path, name: str) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]

    def check(text: str) -> None:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        _use(tmp_path / name)

    fuzz(mutated(*lines, "\n".join(lines), f"[{', '.join(lines)}]", json.dumps(ROWS)), check)


def test_rows_with_any_value_in_any_column(tmp_path: Path) -> None:
    edits = st.lists(st.tuples(st.sampled_from(COLUMNS), VALUES), max_size=3)
    rows = st.lists(st.tuples(st.sampled_from(ROWS), edits), min_size=1, max_size=3)

    def check(drawn: list[tuple[dict[str, Any], list[tuple[str, Any]]]]) -> None:
        made = [row | dict(changes) for row, changes in drawn]
        (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, made)), encoding="utf-8")
        _use(tmp_path / "a.jsonl")

    fuzz(rows, check)


def _has_half(value: Any) -> bool:
    """Whether half a surrogate pair is in it, which no file can hold."""
    text = json.dumps(value, ensure_ascii=False)
    return any("\ud800" <= sign <= "\udfff" for sign in text)


def test_any_column_is_saved_and_read_back(tmp_path: Path) -> None:
    def check(values: list[Any]) -> None:
        write_parquet([{"extra": value} for value in values], tmp_path / "a.parquet")
        found = [row["extra"] for row in read_parquet(tmp_path / "a.parquet")]
        assert found == values or _has_half(values)

    fuzz(st.lists(VALUES, min_size=1, max_size=4), check)
