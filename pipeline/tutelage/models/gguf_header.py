"""What a GGUF file's header says of its weights: their family, how they are stored, how many."""

import functools
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.errors import ModelReferenceError


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The header of a GGUF file."""

    family: str
    """The architecture, as `llama`."""
    kinds: frozenset[str]
    """How its tensors are stored: `F32`, `Q4_K`, ..."""
    weights: int
    """The number of weights in all tensors."""


def read_header(file: Path) -> GgufHeader:
    """The header of a file; raises ModelReferenceError where it is no GGUF file."""
    try:
        return _read(file, file.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, IndexError) as exc:
        raise ModelReferenceError(f"{file}: cannot be read as a GGUF file: {exc}") from exc


@functools.lru_cache(maxsize=8)
def _read(file: Path, changed_ns: int) -> GgufHeader:
    """Read once for each state of a file: its tokenizer stands before its tensors and is long."""
    from gguf import GGUFReader

    reader = GGUFReader(file)
    return GgufHeader(
        str(reader.fields["general.architecture"].contents()),
        frozenset(tensor.tensor_type.name for tensor in reader.tensors),
        sum(int(tensor.n_elements) for tensor in reader.tensors),
    )
