"""Digests of values and files, and the seeds derived from them."""

import hashlib
import json
from pathlib import Path
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)


def digest(*parts: Any) -> str:
    """A short stable digest of JSON-like values (32 hex characters of BLAKE2b)."""
    return hashlib.blake2b(
        _ENCODER.encode(parts).encode("utf-8", "surrogatepass"), digest_size=16
    ).hexdigest()


def digest_files(files: list[Path], relative_to: Path) -> str:
    """The digest of files' names and bytes, independent of where the folder stands."""
    state = hashlib.blake2b(digest_size=16)
    for file in sorted(files):
        state.update(
            f"{file.relative_to(relative_to).as_posix()}\0{file.stat().st_size}\0".encode()
        )
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                state.update(block)
    return state.hexdigest()


def digest_file(file: Path) -> str:
    """The digest of one file's name and bytes, wherever it stands."""
    return digest_files([file], file.parent)


def derive_seed(*parts: Any) -> int:
    """A 31-bit seed that depends on every part: recipe seed, stage, row, sample."""
    return int(digest(*parts)[:8], 16) & 0x7FFFFFFF
