"""A model's licence as its own files state it; what they do not state is unknown."""

import struct
from pathlib import Path

from tutelage.core.cards.card import front_matter
from tutelage.models.reference import Reference

_HEAD_BYTES = 1 << 16
_STRING = 8
"""GGUF's number for a text value."""


def licence_of(reference: Reference) -> str | None:
    """The licence that a model's card or GGUF header names; None where nothing here does.

    Looks at local files only: nothing is downloaded for it. An endpoint's is never known.
    """
    if reference.kind == "gguf" and reference.file:
        return _gguf_text(reference.file, b"general.license")
    card = reference.cached("README.md")
    if card is None:
        return None
    named = front_matter(card.read_text(encoding="utf-8", errors="replace")).get("license")
    return str(named) if named else None


def _gguf_text(file: Path, key: bytes) -> str | None:
    """A text value near the head of a GGUF file: length and key, type, length and value."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    _, found, rest = head.partition(struct.pack("<Q", len(key)) + key + struct.pack("<I", _STRING))
    if not found or len(rest) < 8:
        return None
    (length,) = struct.unpack_from("<Q", rest)
    return rest[8 : 8 + length].decode("utf-8", "replace") or None
