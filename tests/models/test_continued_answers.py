"""A request whose last turn is the assistant's: its answer begins with that."""

from collections.abc import Sequence
from pathlib import Path

from tutelage.models.chat import Message, Request
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.engines.wire import Wire
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference

BEGUN: tuple[Message, ...] = (
    {"role": "user", "content": "Add 1 and 2, then 4."},
    {"role": "assistant", "content": "1 + 2 = 3\n"},
)


def render(turns: Sequence[Message]) -> str:
    return "".join(f"<{turn['role']}>{turn['content']}<end>" for turn in turns) + "<assistant>"


def test_a_local_prompt_ends_with_the_beginning_of_the_answer() -> None:
    chat = LocalChat(ModelConfig(ref="m"), render, lambda text: [1, 2], lambda tokens: "")
    whole = chat.prompt(Request("1", BEGUN))
    assert whole == "<user>Add 1 and 2, then 4.<end><assistant>1 + 2 = 3\n"
    assert chat.prompt(Request("1", BEGUN[:1])) == whole.removesuffix("1 + 2 = 3\n")


def test_a_server_is_asked_to_go_on_with_the_answer() -> None:
    url = "http://localhost:1/v1#m"
    reference = parse_reference(url, Path())
    wire = Wire(Model("m", reference, ModelConfig(ref=url), "m"), "m", "")
    fields = wire.fields(Request("1", BEGUN))
    assert fields["continue_final_message"] is True
    assert fields["add_generation_prompt"] is False
    assert "continue_final_message" not in wire.fields(Request("1", BEGUN[:1]))
