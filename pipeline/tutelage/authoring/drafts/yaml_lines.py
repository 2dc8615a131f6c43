"""Examples of a `qna.yaml` as lines of YAML that a person likes to read and to change."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

_WIDE = 10**9
"""No line is folded."""


def example_lines(example: Mapping[str, Any]) -> list[str]:
    """One example as an item of a block list, not set in."""
    lines = [line for key, value in example.items() for line in _entry(key, value)]
    return [f"- {lines[0]}", *(f"  {line}" if line else "" for line in lines[1:])]


def scalar(value: Any) -> str:
    """A value on one line: a text in quotes, a list or a mapping in brackets."""
    if isinstance(value, str):
        return _dumped(value, '"').strip()
    return str(yaml.safe_dump(value, default_flow_style=True, **_SETTINGS)).strip()


def flow(example: Mapping[str, Any]) -> str:
    """One example on one line, for a list in brackets."""
    return "{" + ", ".join(f"{key}: {scalar(value)}" for key, value in example.items()) + "}"


def listed(texts: Sequence[str]) -> str:
    """A list of texts on one line, each in quotes."""
    return f"[{', '.join(map(scalar, texts))}]"


_SETTINGS: dict[str, Any] = {"allow_unicode": True, "width": _WIDE, "sort_keys": False}


def _entry(key: str, value: Any) -> list[str]:
    if isinstance(value, str):
        if "\n" in value and (block := _block(value)):
            return [f"{key}: |-", *block]
        return [f"{key}: {scalar(value)}"]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [f"{key}: {listed(value)}"]
    return [f"{key}: {scalar(value)}"]


def _block(text: str) -> list[str]:
    """The lines of a literal block; none where the text cannot stand in one as it is."""
    lines = text.split("\n")
    indented = [f"  {line}" if line else "" for line in lines]
    is_safe = lines[0][:1] not in ("", " ", "\t") and lines[-1].strip()
    try:
        kept = yaml.safe_load("a: |-\n" + "\n".join(indented)) == {"a": text}
    except yaml.YAMLError:
        kept = False
    return indented if is_safe and kept else []


def _dumped(text: str, style: str) -> str:
    return str(yaml.safe_dump(text, default_style=style, **_SETTINGS))
