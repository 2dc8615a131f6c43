"""A model's licence as its own files state it; what they do not state is unknown."""

import struct
from pathlib import Path

from pipeline.cards import front_matter
from pipeline.models.reference import Reference

_HEAD_BYTES = 1 << 16
_STRING = 8
"""GGUF's number for a text value."""


def licence_of(reference: Reference) -> str | None:
    """The licence that a model's card or GGUF header names; None where nothing here does.

    Looks at local files only: nothing is downloaded for it. An endpoint's is never known.
    """
    if reference.kind == "gguf" and reference.file:
        return _gguf_text(reference.file, b"general.license")
    card = _card(reference)
    named = front_matter(card).get("license") if card else None
    return str(named) if named else None


def _card(reference: Reference) -> str | None:
    if reference.kind == "folder" and reference.file:
        file: Path | None = reference.file / "README.md"
    else:
        file = _cached_card(reference.name) if reference.kind == "hub" else None
    if file is None or not file.exists():
        return None
    return file.read_text(encoding="utf-8", errors="replace")


def _cached_card(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    repository, _, revision = name.partition("@")
    found = try_to_load_from_cache(repository, "README.md", revision=revision or None)
    return Path(found) if isinstance(found, str) else None


def _gguf_text(file: Path, key: bytes) -> str | None:
    """A text value near the head of a GGUF file: length and key, type, length and value."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    _, found, rest = head.partition(struct.pack("<Q", len(key)) + key + struct.pack("<I", _STRING))
    if not found or len(rest) < 8:
        return None
    (length,) = struct.unpack_from("<Q", rest)
    return rest[8 : 8 + length].decode("utf-8", "replace") or None
