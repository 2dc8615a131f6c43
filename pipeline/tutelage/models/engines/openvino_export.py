"""Files that OpenVINO GenAI opens, GGUF weights and a tokenizer, and that answer as the model does.

Made of a Llama-shaped checkpoint, or of a GGUF file whose blocks OpenVINO would round. Weights
become float16, or int8 in blocks of 32 (Q8_0); an adapter is merged in float32 before.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from tutelage.models.engines.openvino_gguf import EXACT_KINDS, fits_widened, opens
from tutelage.models.gguf_header import read_header
from tutelage.models.gguf_weights import Kind, add_tensor, finish, load_whole, write_weights
from tutelage.models.model import Model
from tutelage.models.reference import tokenizer_of

_NOT_COPIED = ("GGUF.", "general.architecture", "general.file_type")
_TOKENIZER = "tokenizer."
_ROUNDED = "%s: too large to widen here; OpenVINO rounds its blocks, so answers differ"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    weights: Path
    tokenizer: Path
    """A folder, or a GGUF file that has the tokenizer too."""
    ends: tuple[int, ...] = ()
    """Tokens that end an answer; the tokenizer's own where none are given."""


def export(model: Model, folder: Path, kind: Kind = "F16") -> Exported:
    """Write a checkpoint for OpenVINO; needs the model's weights in memory as float32."""
    import openvino
    from openvino_tokenizers import convert_tokenizer
    from transformers import AutoTokenizer

    source = model.folder
    assert source is not None  # only folders are exported
    loaded = load_whole(source)
    write_weights(loaded, folder / "weights.gguf", kind)
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_of(source))
    pair = convert_tokenizer(tokenizer, with_detokenizer=True, add_special_tokens=False)
    for name, part in zip(("openvino_tokenizer", "openvino_detokenizer"), pair, strict=True):
        openvino.save_model(part, folder / f"{name}.xml")
    ends = loaded.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [tokenizer.eos_token_id if ends is None else ends]
    return Exported(folder / "weights.gguf", folder, tuple(ends))


def widened(file: Path, folder: Path, kind: Kind = "F16") -> Exported:
    """A GGUF file with its weights in blocks that OpenVINO reads as they are.

    The file itself where it has no others, or where the larger weights (2 bytes each as F16) would
    take more than half of the free memory; a warning says then that answers differ. The tokenizer
    is written too where OpenVINO could not read it from a file with such weights.
    """
    from gguf import GGUFReader, GGUFWriter
    from gguf.quants import dequantize

    header, reader = read_header(file), GGUFReader(file)
    if header.kinds <= EXACT_KINDS:
        return Exported(file, file)
    if not fits_widened(header):
        logging.getLogger(__name__).warning(_ROUNDED, file.name)
        return Exported(file, file)
    weights = folder / "weights.gguf"
    left_out = (*_NOT_COPIED, _TOKENIZER) if opens(header) else _NOT_COPIED
    writer = GGUFWriter(weights, header.family)
    for name, field in reader.fields.items():
        if not name.startswith(left_out):
            writer.add_key_value(name, field.contents(), field.types[0], field.types[-1])
    for tensor in reader.tensors:
        add_tensor(writer, tensor.name, dequantize(tensor.data, tensor.tensor_type), kind)
    finish(writer, kind)
    return Exported(weights, file if opens(header) else weights)
