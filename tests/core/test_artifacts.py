"""Artifacts on disk: read back as they were, opened by others, and errors that name the line."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import (
    Checkpoint,
    Row,
    Rows,
    ScoreLine,
    Scores,
    answer_of,
    question_of,
    read_rows,
)
from tutelage.core.errors import RowsError


def _row(name: str, **more: Any) -> Row:
    return {
        "id": name,
        "leaf": "knowledge/a",
        "parents": ["seed:1"],
        "prompt": [{"role": "user", "content": "Why?"}],
        "completion": [{"role": "assistant", "content": "Because\u2028of \u00fc."}],
    } | more


def _jsonl(folder: Path, *lines: str) -> Path:
    file = folder / "rows.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    first = _row("1", attributes={"tone": "glad"}, trace={"keys": ["k"], "seed": 1}, verdicts=[])
    second = _row("2", attributes={"size": "big", "n": "2"}, trace={"keys": []}, verdicts=[{}])
    rows = Rows([first, second], [_row("3", reason="length: 3 words")])
    content = rows.save(tmp_path)
    assert Rows.load(tmp_path) == rows
    assert read_rows(tmp_path) == rows.kept
    assert rows.save(tmp_path) == content


def test_a_row_without_a_column_gets_nothing_there(tmp_path: Path) -> None:
    Rows([_row("1", context="A text."), _row("2")]).save(tmp_path)
    assert [row["context"] for row in read_rows(tmp_path)] == ["A text.", None]


def test_no_rows_are_rows_too(tmp_path: Path) -> None:
    Rows([]).save(tmp_path)
    assert Rows.load(tmp_path) == Rows([])


def test_figures_stand_beside_the_rows_and_are_no_part_of_their_content(tmp_path: Path) -> None:
    content = Rows([_row("1")]).save(tmp_path)
    rows = Rows([_row("1")], stats={"judge": {"kappa": 0.6}})
    assert rows.save(tmp_path) == content
    assert Rows.load(tmp_path) == rows
    assert Rows.load(tmp_path).stats["judge"] == {"kappa": 0.6}


def test_the_funnel_counts_by_leaf_and_kind_of_reason() -> None:
    rejected = [_row("2", reason="length: 3 words"), _row("3", reason="length: 4 words")]
    other = _row("4", leaf="other", reason="empty")
    funnel = Rows([_row("1")], [*rejected, other]).funnel()
    assert funnel == {
        "knowledge/a": {"kept": 1, "rejected": {"length": 2}},
        "other": {"kept": 0, "rejected": {"empty": 1}},
    }


def test_datasets_opens_a_rows_folder_without_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from datasets import load_dataset

    folder = tmp_path / "rows"
    folder.mkdir()
    Rows([_row("1", attributes={"a": "b"}), _row("2")], [_row("3", reason="empty")]).save(folder)
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / "ledger.jsonl").write_text('{"stage": "x"}\n', encoding="utf-8")
    kept = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))["train"]
    assert kept["id"] == ["1", "2"]
    assert kept[0]["completion"] == _row("1")["completion"]
    rejected = load_dataset(str(folder), "rejected", cache_dir=str(tmp_path / "cache"))["train"]
    assert rejected["reason"] == ["empty"]


def test_scores_come_back_as_they_were(tmp_path: Path) -> None:
    line: ScoreLine = {
        "model": "sft",
        "leaf": "*",
        "kind": "*",
        "metric": "right",
        "n": 2,
        "score": 0.5,
        "low": 0.1,
        "high": 0.9,
    }
    scores = Scores([line], [{"model": "sft", "example": "held:1", "score": 1.0, "why": None}])
    scores.save(tmp_path)
    assert Scores.load(tmp_path) == scores


def test_a_checkpoint_is_known_by_its_weights_not_its_logs(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    before = Checkpoint(tmp_path).save(tmp_path)
    (tmp_path / "log.jsonl").write_text("{}", encoding="utf-8")
    assert Checkpoint(tmp_path).save(tmp_path) == before
    (tmp_path / "model.safetensors").write_bytes(b"others")
    assert Checkpoint(tmp_path).save(tmp_path) != before


def test_jsonl_may_hold_blank_lines_and_any_letter(tmp_path: Path) -> None:
    file = _jsonl(tmp_path, json.dumps(_row("1"), ensure_ascii=False), "", '{"prompt": "Why?"}')
    assert read_rows(file) == [_row("1"), {"prompt": "Why?"}]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"prompt": ', "not valid JSON"),
        ("[1, 2]", "a row must be a JSON object"),
        ('{"prompt": [{"content": "Why?"}]}', "prompt.0: a turn needs `role` as text"),
        ('{"messages": [{"role": "user"}]}', "messages.0: a turn needs `content` as text"),
        ('{"chosen": ["Because."]}', "chosen.0: a turn needs `role` as text"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = _jsonl(tmp_path, '{"prompt": "Why?"}', "", line)
    with pytest.raises(RowsError) as caught:
        read_rows(file)
    assert str(caught.value).startswith(f"{file}:3: {said}")


def test_files_that_hold_no_rows_are_named(tmp_path: Path) -> None:
    for name, content in (("a.csv", b"x"), ("a.parquet", b"x"), ("a.jsonl", b"\xff")):
        (tmp_path / name).write_bytes(content)
    for name in ("a.csv", "a.parquet", "a.jsonl", "none.jsonl"):
        with pytest.raises(RowsError, match=name):
            read_rows(tmp_path / name)


def test_question_and_answer_are_found_in_every_form_of_row() -> None:
    turns = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]
    assert (question_of(_row("1")), question_of({"messages": turns})) == ("Why?", "Why?")
    assert (question_of({"prompt": "Why?"}), question_of({})) == ("Why?", "")
    assert answer_of({"messages": turns}) == "So."
    assert answer_of({"prompt": turns[:1], "chosen": turns[1:], "rejected": []}) == "So."
    assert (answer_of({"completion": "So."}), answer_of({"prompt": turns[:1]})) == ("So.", "")


def test_a_json_file_holds_an_array_of_rows_or_a_row_per_line(tmp_path: Path) -> None:
    rows = [{"prompt": "Why?"}, {"prompt": "How?"}]
    for text in (json.dumps(rows, indent=1), "\n".join(map(json.dumps, rows)), f"\n {rows}"):
        (tmp_path / "rows.json").write_text(text.replace("'", '"'), encoding="utf-8")
        assert read_rows(tmp_path / "rows.json") == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"prompt": "Why?"},\n{]', "rows.json:2: not valid JSON"),
        ('[{"prompt": "Why?"}, 3]', "rows.json: row 2: a row must be a JSON object"),
        ('[{"prompt": [{"role": "user"}]}]', "rows.json: row 1: prompt.0: a turn needs `content`"),
        ("[" * 100_000, "rows.json: not valid JSON"),
    ],
)
def test_what_is_wrong_in_a_json_array_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "rows.json").write_text(text, encoding="utf-8")
    with pytest.raises(RowsError, match=said):
        read_rows(tmp_path / "rows.json")
