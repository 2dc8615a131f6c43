"""Fake models whose answers a test decides, and rows as the stages hand them on."""

from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.models.chat import Message
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference

QUESTION = "What does a night in the harbour cost?"
PASSAGE = "A night in the harbour costs 25 crowns."


def scripted(name: str = "", module: str = __name__) -> Model:
    """The shipped fake, or one that answers by a function of a module."""
    text = f"scripted:{module}:{name}" if name else "scripted:"
    reference = parse_reference(text, Path())
    return Model(name or "teacher", reference, ModelConfig(ref=text), reference.identity())


def echo(messages: tuple[Message, ...], seed: int) -> str:
    """Answers with the last turn."""
    return messages[-1]["content"]


def counting(messages: tuple[Message, ...], seed: int) -> str:
    """Answers with its seed."""
    return f"Answer: {seed}"


def silent(messages: tuple[Message, ...], seed: int) -> str:
    """Says nothing."""
    return ""


def endless(messages: tuple[Message, ...], seed: int) -> str:
    """Never ends."""
    return "and so on " * 500


def two_sentences(messages: tuple[Message, ...], seed: int) -> str:
    """Says something, and then more."""
    return "Snow is white. It falls in winter and melts in spring."


def row(name: str = "1", leaf: str = "knowledge/harbour", **more: Any) -> Row:
    """A row with a prompt."""
    prompt = [{"role": "user", "content": QUESTION}]
    return {"id": name, "leaf": leaf, "parents": [], "prompt": prompt} | more


def answered(text: str, name: str = "1", **more: Any) -> Row:
    """A row with a prompt and its answer."""
    return row(name, completion=[{"role": "assistant", "content": text}], **more)
