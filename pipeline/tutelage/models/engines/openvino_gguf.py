"""Which GGUF files OpenVINO runs: as they are, or with weights that are widened before."""

from pathlib import Path

from tutelage.core.errors import ModelReferenceError
from tutelage.core.free_memory import free_memory
from tutelage.models.gguf_header import GgufHeader, read_header
from tutelage.models.gguf_weights import FAMILIES

EXACT_KINDS = frozenset({"F32", "F16", "Q4_0", "Q8_0"})
"""Blocks without an offset of their own; of the others OpenVINO rounds it to a whole step."""
_OPENED = EXACT_KINDS | {"BF16", "Q4_1", "Q2_K", "Q4_K", "Q6_K"}
"""What its reader of GGUF files knows at all; it reads all tensors for the tokenizer alone too."""
_WIDENED_BYTES = 2


def opens(header: GgufHeader) -> bool:
    """Whether OpenVINO's own reader takes a file as it is, if only roughly."""
    return header.kinds <= _OPENED


def fits_widened(header: GgufHeader) -> bool:
    """Whether the weights as F16 take at most half of the free memory."""
    free = free_memory().memory
    return free is None or _WIDENED_BYTES * header.weights <= free / 2


def why_not(file: Path) -> str:
    """Why OpenVINO does not run a GGUF file; empty where it does, or where nothing can read it."""
    try:
        header = read_header(file)
    except ModelReferenceError:
        return ""  # told by what opens it
    if header.family not in FAMILIES:
        return f"it knows no {header.family} in a GGUF file"
    if opens(header):
        return ""
    others = sorted(header.kinds - _OPENED)
    if not all(map(_can_widen, others)):
        return f"it does not read weights stored as {', '.join(others)}"
    if not fits_widened(header):
        return f"it does not read {', '.join(others)}, and there is no memory to widen them"
    return ""


def _can_widen(kind: str) -> bool:
    """Whether the gguf package turns blocks of a kind into numbers: tried on one of zeros."""
    import numpy as np
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import dequantize

    stored = GGMLQuantizationType[kind]
    try:
        dequantize(np.zeros((1, GGML_QUANT_SIZES[stored][1]), np.uint8), stored)
    except NotImplementedError:
        return False
    return True
