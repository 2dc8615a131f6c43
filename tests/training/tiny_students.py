"""Variants of the tiny student: base models without a chat template, other tokens and settings."""

from pathlib import Path
from typing import Any

from tutelage.contract.context import local_context
from tutelage.stages import RandomStudent

from tests.trees import harbour

MARKS = ["<|im_start|>", "<|im_end|>"]
TOOLS = (
    "{% if tools %}<|system|>{{ tools | tojson }}<|end|>{% endif %}"
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content or '' }}"
    "{% for call in m.tool_calls or [] %}[{{ call.function.name }} "
    "{{ call.function.arguments | tojson }}]{% endfor %}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""A chat template that writes tools and their calls."""
NO_SYSTEM = (
    "{% for m in messages %}"
    "{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
"""A chat template that refuses system turns, as Gemma's does."""


def tiny_student(folder: Path, hidden_size: int = 16) -> Path:
    """A student with random weights and one layer, written into a folder."""
    context = local_context(folder)
    stage = RandomStudent(hidden_size=hidden_size, layers=1, vocabulary=400)
    stage.run(context, harbour(folder / "tree"))
    context.journal.close()
    return folder


def variant(
    student: Path,
    folder: Path,
    *,
    template: str | None,
    tokens: tuple[str, ...] = (),
    dtype: str = "float32",
    **config: Any,
) -> Path:
    """A copy of a student with another chat template, more tokens, another type or config."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(student)
    model = AutoModelForCausalLM.from_pretrained(student)
    tokenizer.chat_template = template
    if tokens:
        tokenizer.add_special_tokens({"additional_special_tokens": [*tokens]})
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    for name, value in config.items():
        setattr(model.config, name, value)
    for part in (model.to(getattr(torch, dtype)), tokenizer):
        part.save_pretrained(folder)
    return folder


def base_model(student: Path, folder: Path) -> Path:
    """A base model: no chat template, ChatML in its vocabulary, another token as its end."""
    return variant(student, folder, template=None, tokens=tuple(MARKS))
