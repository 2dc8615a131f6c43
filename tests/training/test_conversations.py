"""What of a conversation is learnt: tools and calls verbatim, no empty turns, nothing unasked."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import InputError
from tutelage.models.generation import positions_of, stops_of
from tutelage.stages import SFT
from tutelage.training.encoder import IGNORED, Encoder
from tutelage.training.training_rows import choose

from tests.training.tiny_students import NO_SYSTEM, TOOLS

JOB: dict[str, Any] = {"max_length": 500, "validation": 0.0, "seed": 1}
ASKED = {"role": "user", "content": "Weather in Elsmere?"}
SAID = {"role": "assistant", "content": "3 degrees."}


def call(name: str, arguments: Any, content: str | None = None) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    calls = [{"id": "c1", "type": "function", "function": function}]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def offer(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


def row(*turns: dict[str, Any], **more: Any) -> Row:
    return {"id": "a", "leaf": "*", "parents": [], "messages": [*turns]} | more


@pytest.fixture
def tokenizer(student: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(student)


def texts(tokenizer: Any, template: str, *rows: Row) -> list[tuple[str, str]]:
    """The whole text of each row, and what of it counts."""
    tokenizer.chat_template = template
    encoder = Encoder(tokenizer, [tokenizer.eos_token_id])
    chosen = choose([*rows], JOB, encoder.lengths).train
    return [
        (
            tokenizer.decode(one["input_ids"]),
            tokenizer.decode([label for label in one["labels"] if label != IGNORED]),
        )
        for one in encoder.encode(chosen)
    ]


def test_an_answer_that_only_calls_a_tool_counts(tokenizer: Any) -> None:
    weather = row(ASKED, call("weather", {"place": "Elsmere"}), tools=[offer("weather")])
    berth = row(ASKED, call("berth", {"number": 7}, ""), tools=[offer("berth")])
    (one, learnt), (_, other) = texts(tokenizer, TOOLS, weather, berth)
    assert learnt == '[weather {"place": "Elsmere"}]<|end|>'
    assert other == '[berth {"number": 7}]<|end|>'
    assert one.startswith('<|system|>[{"type": "function", "function": {"name": "weather"')


def test_arguments_as_json_text_are_written_as_the_object(tokenizer: Any) -> None:
    ((_, learnt),) = texts(tokenizer, TOOLS, row(ASKED, call("weather", '{"place": "Elsmere"}')))
    assert learnt == '[weather {"place": "Elsmere"}]<|end|>'


@pytest.mark.parametrize("written", ["{{ m.content }}", "{{ m['content'] + '' }}"])
def test_a_call_without_words_is_never_the_word_none(tokenizer: Any, written: str) -> None:
    template = TOOLS.replace("{{ m.content or '' }}", written)
    ((_, learnt),) = texts(tokenizer, template, row(ASKED, call("weather", {})))
    assert learnt == "[weather {}]<|end|>"


def test_rows_with_calls_need_a_template_that_writes_them(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer, [tokenizer.eos_token_id])
    calling = row(ASKED, call("weather", {}), {"role": "tool", "content": "3"}, SAID)
    talking = row(ASKED, SAID, tools=[offer("weather")])
    with pytest.raises(InputError, match="1 of 2 rows call tools, and the chat template writes no"):
        choose([calling, talking], JOB, encoder.lengths)
    assert choose([talking], JOB, encoder.lengths).train
    assert encoder.tools_unseen == 2


def test_an_empty_turn_inside_is_shown_and_not_learnt(tokenizer: Any) -> None:
    blank = {"role": "assistant", "content": " \n"}
    ((whole, learnt),) = texts(tokenizer, TOOLS, row(ASKED, blank, ASKED, SAID, ASKED, blank))
    assert learnt == "3 degrees.<|end|>"
    assert whole.count("<|assistant|>") == 2


def test_what_the_assistant_opens_with_is_not_learnt(tokenizer: Any) -> None:
    hello = {"role": "assistant", "content": "Hello!"}
    system = {"role": "system", "content": "Be brief."}
    encoder = Encoder(tokenizer, [tokenizer.eos_token_id])
    rows = [row(hello, ASKED, SAID), row(system, hello, ASKED, SAID), row(hello), row(hello, ASKED)]
    found = choose(rows, JOB, encoder.lengths)
    assert found.left_out == {"the assistant opens the conversation and answers nobody": 2}
    assert encoder.masked == 2
    for _, learnt in texts(tokenizer, TOOLS, *rows[:2]):
        assert learnt == "3 degrees.<|end|>"


def test_system_turns_that_the_template_refuses_stop_the_run_with_the_cure(tokenizer: Any) -> None:
    tokenizer.chat_template = NO_SYSTEM
    encoder = Encoder(tokenizer)
    system = row({"role": "system", "content": "Be brief."}, ASKED, SAID) | {"id": "b"}
    with pytest.raises(
        InputError, match=r"1 of 2 rows have a system turn, .*not supported.* row b"
    ):
        choose([row(ASKED, SAID), system], JOB, encoder.lengths)


def test_what_the_template_refuses_otherwise_is_left_out_with_its_words(tokenizer: Any) -> None:
    tokenizer.chat_template = NO_SYSTEM.replace("'system'", "'tool'")
    encoder = Encoder(tokenizer)
    found = choose(
        [row(ASKED, SAID), row(ASKED, {"role": "tool", "content": "3"}, SAID)],
        JOB,
        encoder.lengths,
    )
    assert found.left_out == {"the chat template refuses it: System role not supported": 1}


def test_rows_beyond_the_students_positions_are_counted(student: Path, tokenizer: Any) -> None:
    encoder = Encoder(tokenizer, stops_of(student))
    rows = [row(ASKED, SAID), row(ASKED, {"role": "assistant", "content": "word " * 400})]
    assert positions_of(student) == 2048
    found = choose(rows, JOB | {"max_length": 4096}, encoder.lengths, 60)
    assert found.left_out == {"longer than the student's positions, 60 tokens": 1}
    assert len(found.train) == 1


def test_calls_survive_being_stored_as_they_are(tokenizer: Any, tmp_path: Path) -> None:
    rows = [
        row(ASKED, call("weather", {"place": "Elsmere", "at": None}, ""), tools=[offer("weather")]),
        row(ASKED, call("berth", {"number": 7}, "I look.")) | {"id": "b", "tools": None},
        row(ASKED, SAID) | {"id": "c", "tools": None},
    ]
    Rows(rows).save(tmp_path)
    stored = [SFT().columns(one) for one in Rows.load(tmp_path).kept]
    assert texts(tokenizer, TOOLS, *stored) == texts(tokenizer, TOOLS, *rows)
    assert '"place": "Elsmere", "at": null' in texts(tokenizer, TOOLS, *stored)[0][1]
