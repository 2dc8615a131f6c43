"""A trained model as a GGUF file: the same weights and tokens, and a Modelfile."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.errors import InputError
from tutelage.sharing.gguf_export import export_gguf
from tutelage.sharing.gguf_tokenizer import cut_name
from tutelage.sharing.ollama import read_turns

from tests.models.tiny import write_checkpoint

WHERE = Path("model")
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = {"type": "ByteLevel", "use_regex": True}
PLAIN_BYTES = {"type": "ByteLevel", "use_regex": False}


def _split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated"}


def _sequence(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "pretokenizers": list(parts)}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("kind", ["F32", "F16", "Q8_0"])
def test_the_file_answers_as_the_checkpoint(checkpoint: Path, tmp_path: Path, kind: Any) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    (file,) = export_gguf(checkpoint, tmp_path / "out.gguf", kind)
    ids = torch.tensor([[5, 9, 12, 3, 7]])
    whole = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    read = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=file.name, dtype=torch.float32)
    with torch.no_grad():
        apart = (whole(ids).logits - read(ids).logits).abs().max()
    assert apart < {"F32": 1e-5, "F16": 1e-2, "Q8_0": 5e-2}[kind]


def test_the_file_has_the_tokenizer(checkpoint: Path, tmp_path: Path) -> None:
    from gguf import GGUFReader
    from transformers import AutoTokenizer

    (file,) = export_gguf(checkpoint, tmp_path / "out.gguf", "F16")
    fields = GGUFReader(file).fields
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    tokens = fields["tokenizer.ggml.tokens"].contents()
    assert tokens[: len(tokenizer)] == tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    assert fields["tokenizer.ggml.eos_token_id"].contents() == tokenizer.eos_token_id
    assert fields["tokenizer.chat_template"].contents() == tokenizer.chat_template


@pytest.mark.parametrize(
    ("cut", "name"),
    [
        (BYTES, "gpt-2"),
        (_sequence({"type": "Digits", "individual_digits": True}, BYTES), "smollm"),
        (_sequence(_split(LLAMA_3), PLAIN_BYTES), "llama-bpe"),
        (_sequence(_split(LLAMA_3.replace("{1,3}", "")), PLAIN_BYTES), "qwen2"),
    ],
)
def test_ways_of_cutting_have_llama_cpps_names(cut: dict[str, Any], name: str) -> None:
    assert cut_name({"pre_tokenizer": cut}, WHERE) == name


@pytest.mark.parametrize(
    "cut",
    [
        None,
        PLAIN_BYTES,
        {"type": "Metaspace"},
        _sequence({"type": "Digits", "individual_digits": False}, BYTES),
        _sequence(_split(LLAMA_3.replace("{1,3}", "{1,2}")), PLAIN_BYTES),
        _sequence(_split(LLAMA_3), BYTES),
    ],
)
def test_other_ways_are_refused(cut: dict[str, Any] | None) -> None:
    with pytest.raises(InputError, match="cuts text"):
        cut_name({"pre_tokenizer": cut}, WHERE)


def test_another_family_is_refused_by_name(checkpoint: Path, tmp_path: Path) -> None:
    config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "gemma3_text"}))
    with pytest.raises(InputError, match="'gemma3_text'"):
        export_gguf(tmp_path, tmp_path / "out.gguf", "F16")


def test_an_existing_file_is_kept(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "out.gguf").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        export_gguf(checkpoint, tmp_path / "out.gguf", "F16")


class Templated:
    """A tokenizer that has only a chat template."""

    def __init__(self, template: str) -> None:
        self.template = template

    def apply_chat_template(self, messages: Any, **settings: Any) -> str:
        from jinja2 import Environment

        made = Environment().from_string(self.template)
        return made.render(messages=messages, **settings)


CHATML = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nBe kind.<|im_end|>\n{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def test_turns_are_read_off_a_template() -> None:
    turns = read_turns(Templated(CHATML))
    assert turns.system == ("<|im_start|>system\n", "<|im_end|>\n")
    assert turns.user == ("<|im_start|>user\n", "<|im_end|>\n")
    assert turns.assistant == ("<|im_start|>assistant\n", "<|im_end|>\n")
    assert turns.default == "Be kind."


def test_a_template_that_mixes_turns_is_refused() -> None:
    folded = (
        "{% for m in messages if m.role != 'system' %}[{{ m.role }}]"
        "{% if loop.first and messages[0].role == 'system' %}{{ messages[0].content }} {% endif %}"
        "{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
    )
    with pytest.raises(InputError, match="by itself"):
        read_turns(Templated(folded))
