"""Students whose chat template or tokenizer knows reasoning, in both engines of local weights."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tutelage.models.chat import Completion, Message, Request
from tutelage.models.engines.local_chat import decode_with, hidden_marks
from tutelage.models.engines.transformers import Transformers
from tutelage.models.reasoning import tell_apart

from tests.models import tiny
from tests.models.generation_session import ask

THINKS = (
    "{%- for m in messages -%}{{- '<|' + m.role + '|>' + m.content + '<|end|>' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}"
    "{%- if enable_thinking is defined and enable_thinking is false -%}"
    "{{- '<think>\n\n</think>\n\n' -}}{%- else -%}{{- '<think>\n' -}}{%- endif -%}{%- endif -%}"
)
NO_SYSTEM = (
    "{%- for m in messages -%}"
    "{%- if m.role == 'system' -%}{{ raise_exception('System role not supported') }}{%- endif -%}"
    "{{- '<|' + m.role + '|>' + m.content + '<|end|>' -}}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)
SYSTEM: Message = {"role": "system", "content": "Be brief."}
USER: Message = {"role": "user", "content": "How deep is the harbour?"}


def with_template(checkpoint: Path, folder: Path, template: str, *, special: bool = True) -> Path:
    """The checkpoint with another chat template, and marks of reasoning as tokens of their own."""
    from transformers import AddedToken, AutoModelForCausalLM, AutoTokenizer

    made = Path(shutil.copytree(checkpoint, folder / "thinks"))
    (made / "chat_template.jinja").unlink(missing_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    marks = [
        AddedToken(mark, special=special, normalized=False) for mark in ("<think>", "</think>")
    ]
    tokenizer.add_tokens(marks, special_tokens=special)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(made)
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.save_pretrained(made)
    return made


def answer_with(engine: Transformers, text: str, monkeypatch: pytest.MonkeyPatch) -> Completion:
    """What the client sees where the model generates this text."""
    tokens = engine._encode(text)
    monkeypatch.setattr(engine, "_generate", lambda batch: [tokens for _ in batch])
    (found,) = engine.complete([ask("q", max_tokens=len(tokens) + 1)])
    return tell_apart(found)


@pytest.mark.parametrize("special", [True, False])
def test_reasoning_is_found_where_the_template_opens_it(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, special: bool
) -> None:
    engine = Transformers(tiny.model(with_template(checkpoint, tmp_path, THINKS, special=special)))
    said = answer_with(engine, "Is it deep?\n</think>\n\n4 metres", monkeypatch)
    assert (said.text.strip(), said.reasoning) == ("4 metres", "Is it deep?")
    cut = answer_with(engine, "Is it deep?", monkeypatch)
    assert (cut.text, cut.reasoning, cut.finish_reason) == ("", "Is it deep?", "length")


@pytest.mark.parametrize("special", [True, False])
def test_an_empty_block_of_a_trained_student_is_no_part_of_its_answer(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, special: bool
) -> None:
    made = with_template(checkpoint, tmp_path, THINKS, special=special)
    engine = Transformers(tiny.model(made, template={"enable_thinking": False}))
    plain = answer_with(engine, "4 metres", monkeypatch)
    assert (plain.text, plain.reasoning) == ("4 metres", "")
    block = answer_with(engine, "<think>\n\n</think>\n\n4 metres", monkeypatch)
    assert (block.text.strip(), block.reasoning) == ("4 metres", "")


def test_arguments_and_system_turns_reach_the_template(checkpoint: Path, tmp_path: Path) -> None:
    thinks = with_template(checkpoint, tmp_path, THINKS)
    off = Transformers(tiny.model(thinks, template={"enable_thinking": False}))
    assert off._chat.prompt(ask("Why?")).endswith("<think>\n\n</think>\n\n")
    assert Transformers(tiny.model(thinks))._chat.prompt(ask("Why?")).endswith("<think>\n")
    asked = Request("q", (SYSTEM, USER))
    refuses = Transformers(tiny.model(with_template(checkpoint, tmp_path / "no", NO_SYSTEM)))
    assert "<|user|>Be brief.\n\nHow deep" in refuses._chat.prompt(asked)
    (found,) = refuses.complete([Request("q", (SYSTEM, USER), ask("q", max_tokens=2).sampling)])
    assert found.finish_reason != "failed"


def test_openvino_knows_all_of_it_too(checkpoint: Path, tmp_path: Path) -> None:
    pytest.importorskip("openvino_genai")
    from tutelage.models.engines.openvino import OpenVINO
    from tutelage.models.engines.openvino_open import open_openvino

    made = with_template(checkpoint, tmp_path, THINKS)
    off = open_openvino(tiny.model(made, engine="openvino", template={"enable_thinking": False}))
    assert isinstance(off, OpenVINO)
    assert off._chat.prompt(ask("Why?")).endswith("<think>\n\n</think>\n\n")
    said = off._chat.answer("", off._encode("<think>\n\n</think>\n\n4 metres"))
    assert tell_apart(_said(said)).text.strip() == "4 metres"
    off.close()
    opened = open_openvino(tiny.model(made, engine="openvino"))
    assert isinstance(opened, OpenVINO)
    (found,) = opened.complete([ask("Why?", max_tokens=3)])
    assert found.text.startswith("<think>\n") and tell_apart(found).text == ""
    opened.close()


def _said(text: str) -> Completion:
    from tutelage.accounting.ledger import Usage

    return Completion(ask("q"), text, "stop", Usage(1))


def test_marks_that_decoding_hides_are_put_back() -> None:
    words = {"<think>": 1, "</think>": 2, "a": 3, "b": 4}
    names = {number: word for word, number in words.items()}

    def encode(text: str) -> list[int]:
        return [words.get(text, 9)]

    def decode(tokens: Sequence[Any]) -> str:
        return "".join(names[token] for token in tokens if token > 2)

    hidden = hidden_marks(encode, lambda tokens: "?" if list(tokens) == [9] else decode(tokens))
    assert hidden == {1: "<think>", 2: "</think>"}
    assert decode_with([1, 3, 2, 4], hidden, decode) == "<think>a</think>b"
    assert decode_with([3, 4], {}, decode) == "ab"
