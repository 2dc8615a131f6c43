"""Magpie: the template's beginning alone is the prompt, locally and on a server's completions."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import question_of
from tutelage.core.errors import RecipeError
from tutelage.generation.writing import Writing
from tutelage.models.chat import Completion, Message, Request, Sampling
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.engines.wire import Wire
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import Generate, Instructions
from tutelage.taxonomy.leaf import Taxonomy

from tests.generation.written import written
from tests.stages.fakes import scripted
from tests.trees import NOTICES_PATH

OPENING = "<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n"


def server(pre_query: str | None) -> tuple[Model, dict[str, object]]:
    url = "http://localhost:1/v1#m"
    reference = parse_reference(url, Path())
    model = Model("teacher", reference, ModelConfig(ref=url), "m")
    return model, {"magpie": {"pre_query": pre_query}}


def test_users_are_imagined_for_every_cell(context: Context, taxonomy: Taxonomy) -> None:
    rows = written(context, taxonomy, NOTICES_PATH, scripted(), "magpie")
    assert len(rows) == 6
    assert len({question_of(row) for row in rows}) == 6
    for entry in context.journal.entries():
        system, last = entry["messages"]
        assert "Turn a notice into JSON" in system["content"] and "boat" in system["content"]
        assert last == {"role": "pre_query", "content": ""}


def render(turns: Sequence[Message]) -> str:
    """A template in ChatML."""
    texts = [f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in turns]
    return "".join([*texts, "<|im_start|>assistant\n"])


def test_a_local_engine_takes_the_beginning_from_its_template() -> None:
    chat = LocalChat(ModelConfig(ref="m"), render, lambda text: [1, 2], lambda tokens: "")
    turns: tuple[Message, ...] = (
        {"role": "system", "content": "Boats."},
        {"role": "pre_query", "content": ""},
    )
    assert chat.prompt(Request("1", turns)) == OPENING.replace("{system}", "Boats.")
    assert chat.prompt(Request("1", ({"role": "pre_query", "content": "User:"},))) == "User:"


def test_a_server_is_sent_the_text_and_answers_with_one() -> None:
    model, _ = server(OPENING)
    wire = Wire(model, "m", "")
    request = Request("1", ({"role": "pre_query", "content": OPENING},), Sampling(max_tokens=9))
    fields = wire.fields(request)
    assert fields["prompt"] == OPENING and "messages" not in fields
    body = b'{"choices": [{"text": "Where is it?", "finish_reason": "stop"}]}'
    answer = wire.read(request, fields, 200, {}, body)
    assert isinstance(answer, Completion) and answer.text == "Where is it?"


def test_a_server_without_its_template_is_named(context: Context, taxonomy: Taxonomy) -> None:
    model, method = server(None)
    with pytest.raises(RecipeError, match="give `pre_query`"):
        written(context, taxonomy, NOTICES_PATH, model, method)
    for stage in (Instructions(skills="magpie"), Generate(instructions=Writing(skills="magpie"))):
        with pytest.raises(RecipeError, match="give `pre_query`"):
            stage.check_models({"teacher": model}, taxonomy)
