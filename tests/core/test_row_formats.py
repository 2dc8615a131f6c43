"""Rows in the formats that users bring: read, or refused with file, row and column."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import prompt_of
from tutelage.core.errors import RowsError
from tutelage.core.load_rows import load_rows, name_formats
from tutelage.core.parquet_rows import read_parquet, write_parquet
from tutelage.core.row_formats.export import export_row


def turn(role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": text} | more


ASKED, SAID = turn("user", "Name a boat."), turn("assistant", "Alma")
TALK = [ASKED, SAID]
CALL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "berth", "arguments": {"number": 7}},
}


def written(folder: Path, *rows: Any, name: str = "rows.jsonl") -> Path:
    file = folder / name
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return file


def talk_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    return list(row["messages"] if "messages" in row else row["prompt"] + row["completion"])


@pytest.mark.parametrize(
    ("title", "row"),
    [
        ("TRL", {"prompt": "Name a boat.", "completion": "Alma"}),
        ("TRL", {"prompt": ASKED, "completion": [SAID]}),
        ("TRL", {"prompt": [ASKED], "completion": "Alma", "messages": None, "chosen": None}),
        ("OpenAI messages", {"messages": TALK}),
        ("OpenAI messages", {"messages": json.dumps(TALK)}),
        ("OpenAI messages", {"messages": [{"role": "human", "content": "Name a boat."}, SAID]}),
        (
            "OpenAI messages",
            {
                "messages": [
                    turn("user", "") | {"content": [{"type": "text", "text": "Name a boat."}]},
                    SAID,
                ]
            },
        ),
        ("Alpaca", {"instruction": "Name a boat.", "input": "", "output": "Alma"}),
        ("Alpaca", {"instruction": "Name a boat.", "response": "Alma"}),
        (
            "ShareGPT",
            {
                "conversations": [
                    {"from": "human", "value": "Name a boat."},
                    {"from": "gpt", "value": "Alma"},
                ]
            },
        ),
        ("ShareGPT", {"conversation": TALK}),
        ("question and answer", {"question": "Name a boat.", "answer": "Alma"}),
        ("question and answer", {"question": "Name a boat.", "answers": {"text": ["Alma", "A"]}}),
        ("question and answer", {"prompt": "Name a boat.", "response": "Alma"}),
        ("question and answer", {"input": "Name a boat.", "output": "Alma"}),
    ],
)
def test_a_conversation_is_read_from_its_format(tmp_path: Path, title: str, row: Any) -> None:
    file = written(tmp_path, row)
    (found,) = load_rows(file)
    assert talk_of(found) == TALK
    assert name_formats(file) == f"{file}: 1 row in {title} format"


def test_what_stands_around_a_question_is_kept(tmp_path: Path) -> None:
    alpaca: dict[str, Any] = {
        "instruction": "Why?",
        "input": "It rains.",
        "output": "So.",
        "system": "Be brief.",
    }
    alpaca |= {"history": [["Hi", "Ho"]], "lang": "en"}
    squad = {"question": "Why?", "context": "It rains.", "answers": {"text": ["So."]}}
    dolly = {"instruction": "Why?", "context": "It rains.", "response": "So.", "category": "qa"}
    first, second, third = load_rows(written(tmp_path, alpaca, squad, dolly))
    system = [turn("system", "Be brief."), turn("user", "Hi"), turn("assistant", "Ho")]
    asked = turn("user", "Why?\n\nIt rains.")
    assert (first["prompt"], first["lang"]) == ([*system, asked], "en")
    for row in (second, third):
        assert row["prompt"] == [turn("user", "It rains.\n\nWhy?")]
        assert (row["context"], row["completion"]) == ("It rains.", [turn("assistant", "So.")])


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Why?", "chosen": "So.", "rejected": "No."},
        {"instruction": "Why?", "chosen_response": "So.", "rejected_response": "No."},
        {"question": "Why?", "chosen": [turn("assistant", "So.")], "rejected": "No."},
        {
            "instruction": "Why?",
            "completions": [
                {"response": "Hm.", "overall_score": 5},
                {"response": "No.", "overall_score": "1.5"},
                {"response": "So.", "overall_score": 8.0},
            ],
        },
    ],
)
def test_preferences_have_a_prompt_and_two_sides(tmp_path: Path, row: Any) -> None:
    (found,) = load_rows(written(tmp_path, row))
    assert found["prompt"] == [turn("user", "Why?")]
    assert found["chosen"] == [turn("assistant", "So.")]
    assert found["rejected"] == [turn("assistant", "No.")]


def test_calls_of_tools_are_read_from_every_form(tmp_path: Path) -> None:
    openai = {"messages": [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]}]}
    older = {"role": "assistant", "content": None, "function_call": CALL["function"]}
    sharegpt = [
        {"from": "human", "value": "Name a boat."},
        {"from": "function_call", "value": json.dumps(CALL["function"])},
        {"from": "observation", "value": "free"},
    ]
    rows = load_rows(
        written(tmp_path, openai, {"messages": [ASKED, older]}, {"conversations": sharegpt})
    )
    for row in rows:
        assert row["messages"][1] == turn("assistant", "", tool_calls=[CALL])
    assert rows[2]["messages"][2] == turn("tool", "free")


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"prompt": "Why?", "completion": 42}, "column completion: is a number"),
        ({"prompt": True}, "column prompt: is true or false"),
        ({"messages": []}, "needs TRL's columns"),
        ({"messages": ["Why?"]}, "column messages.0: is a str"),
        ({"messages": [{"content": "Why?"}]}, "column messages.0: a turn needs `role`"),
        (
            {"messages": [turn("narrator", "Why?")]},
            "column messages.0.role: unknown role 'narrator'",
        ),
        (
            {"messages": [{"role": "user", "content": None}]},
            "column messages.0: a turn of user needs",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "column messages.0.content.0: holds image_url",
        ),
        ({"prompt": "Why?", "chosen": "So.", "rejected": None}, "column rejected: is empty"),
        ({"chosen": "So.", "rejected": "No."}, "column prompt: is empty"),
        ({"prompt": "Why \ud83d?"}, r"column prompt: holds \ud83d, half of a surrogate pair"),
        ({"prompt": "Why?", "tags": [{"a": "\udc00"}]}, "column tags.0.a: holds"),
        ({"prompt": "Why?", "attributes": "x"}, "column attributes: holds str"),
        ({"prompt": "Why?", "verdicts": "none"}, "column verdicts: holds str"),
        ({"prompt": "Why?", "leaf": {}}, "column leaf: holds dict"),
        ({"instruction": "Why?", "output": 7}, "column output: is a number"),
        ({"instruction": "Why?", "output": "So.", "history": "x"}, "column history: give a list"),
        ({"question": "Why?", "answers": {"text": []}}, "column answers: has no answer"),
        ({"question": "Why?", "answer": {"a": 1}}, "column answer: holds something else"),
        ({"conversations": [{"from": "gpt"}]}, "column conversations.0: a turn of assistant needs"),
        (
            {"instruction": "Why?", "completions": [{"response": "a"}]},
            "column completions.0: needs",
        ),
        (
            {"instruction": "Why?", "output": "So.", "rejected": [None]},
            "column rejected.0: is empty",
        ),
        ({"question": "Why?", "answer": "So.", "chosen": []}, "needs TRL's columns"),
        ({"body": "Why?"}, "its columns with a value: body"),
        ({}, "its columns with a value: none"),
        ([1], "a row must be a JSON object, not list"),
    ],
)
def test_what_cannot_be_read_is_named_with_file_row_and_column(
    tmp_path: Path, row: Any, place: str
) -> None:
    file = written(tmp_path, {"prompt": "Fine."}, row)
    with pytest.raises(RowsError) as caught:
        load_rows(file)
    assert str(caught.value).startswith(f"{file}:2: ")
    assert place in str(caught.value)


def test_a_format_can_be_forced(tmp_path: Path) -> None:
    file = written(tmp_path, {"prompt": "Ignored", "instruction": "Name a boat.", "output": "Alma"})
    (row,) = load_rows(file, "alpaca")
    assert talk_of(row) == TALK
    with pytest.raises(
        RowsError, match=r"rows\.jsonl:1: needs `conversations` \(format sharegpt\)"
    ):
        load_rows(file, "sharegpt")
    with pytest.raises(RowsError, match="no format of rows 'alpacca'"):
        load_rows(file, "alpacca")


EXTRA = [
    *(3, "high", 3.5, None, 123456789012345678901234567890, True),
    *({}, {"page": 3}, {"line": None}, ["a"], [1, "b"], [], [{"a": 1}, {"b": [2]}]),
]


def test_columns_of_any_shape_are_saved_and_read_back(tmp_path: Path) -> None:
    rows = [{"id": str(n), "prompt": [ASKED], "extra": value} for n, value in enumerate(EXTRA)]
    write_parquet(rows, tmp_path / "a.parquet")
    assert [row["extra"] for row in read_parquet(tmp_path / "a.parquet")] == EXTRA


@pytest.mark.parametrize("value", [["boats", "quay"], {"page": 3}, 7, 2.5, "text", True, None])
def test_an_even_column_is_what_others_open(tmp_path: Path, value: Any) -> None:
    import pyarrow.parquet as pq

    write_parquet([{"id": n, "extra": value} for n in "ab"], tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet")["extra"].to_pylist() == [value, value]


def test_no_row_gets_keys_of_another(tmp_path: Path) -> None:
    other: dict[str, Any] = {
        "type": "function",
        "function": {"name": "tide", "arguments": {"hour": [6]}},
    }
    rows = [
        {
            "id": call["function"]["name"],
            "messages": [
                ASKED,
                turn("assistant", "", tool_calls=[call]),
                turn("tool", "free", name="x"),
            ],
            "tools": [{"name": call["function"]["name"]}],
        }
        for call in (CALL, other)
    ]
    write_parquet(rows, tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet") == rows


def test_a_half_surrogate_of_a_model_does_not_stop_a_run(tmp_path: Path) -> None:
    row = {"completion": [turn("assistant", "So \ud83d.")]}
    write_parquet([row], tmp_path / "a.parquet")
    assert read_parquet(tmp_path / "a.parquet")[0]["completion"] == [
        turn("assistant", "So \ufffd.")
    ]


def test_a_prompt_is_what_stands_before_the_answer() -> None:
    assert prompt_of({"messages": TALK}) == [ASKED]
    assert prompt_of({"prompt": None, "messages": [*TALK, ASKED]}) == [*TALK, ASKED]
    with pytest.raises(RowsError, match="row 7: neither `prompt` nor `messages` has a user turn"):
        prompt_of({"id": "7", "messages": [SAID]})


@pytest.mark.parametrize("to", ["openai", "sharegpt", "alpaca", "trl"])
def test_what_is_exported_is_read_again(tmp_path: Path, to: str) -> None:
    long = [
        turn("system", "Be brief."),
        *TALK,
        turn("user", "And a berth?"),
        turn("assistant", "7"),
    ]
    asked = load_rows(written(tmp_path, {"messages": TALK}, {"messages": long}))
    made = [export_row(row, to, "here") for row in asked]
    again = load_rows(written(tmp_path, *made, name="again.jsonl"))
    assert [talk_of(row) for row in again] == [TALK, long]


def test_calls_of_tools_are_exported_as_their_formats_write_them(tmp_path: Path) -> None:
    row = {"messages": [ASKED, turn("assistant", "", tool_calls=[CALL]), turn("tool", "free")]}
    (found,) = load_rows(written(tmp_path, row))
    openai = export_row(found, "openai", "here")
    assert openai["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"number": 7}'
    (again,) = load_rows(written(tmp_path, export_row(found, "sharegpt", "here")))
    assert again["messages"] == found["messages"]
    with pytest.raises(RowsError, match="here: Alpaca has no place for calls of tools"):
        export_row(found, "alpaca", "here")


def test_preferences_are_exported_too(tmp_path: Path) -> None:
    (row,) = load_rows(written(tmp_path, {"prompt": "Why?", "chosen": "So.", "rejected": "No."}))
    assert export_row(row, "alpaca", "here") == {
        "instruction": "Why?",
        "input": "",
        "chosen": "So.",
        "rejected": "No.",
    }
    assert export_row(row, "sharegpt", "here")["chosen"] == {"from": "gpt", "value": "So."}
    assert export_row(row, "openai", "here")["preferred_output"] == [turn("assistant", "So.")]
