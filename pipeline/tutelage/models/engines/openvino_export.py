"""Files that OpenVINO GenAI opens, GGUF weights and a tokenizer, and that answer as the model does.

Made of a Llama-shaped checkpoint, or of a GGUF file whose blocks OpenVINO would round. Weights
become float16, or int8 in blocks of 32 (Q8_0); an adapter is merged in float32 before.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.free_memory import free_memory
from tutelage.models.gguf_weights import Kind, add_tensor, finish, load_whole, write_weights
from tutelage.models.model import Model
from tutelage.models.reference import tokenizer_of

_NOT_COPIED = ("GGUF.", "general.architecture", "general.file_type", "tokenizer.")
_READ_AS_THEY_ARE = ("F32", "F16", "Q4_0", "Q8_0")
"""Blocks without an offset of their own; of the others OpenVINO rounds it to a whole step."""
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
    take more than half of the free memory; a warning says then that answers differ.
    """
    from gguf import GGUFReader, GGUFWriter
    from gguf.quants import dequantize

    reader = GGUFReader(file)
    if all(tensor.tensor_type.name in _READ_AS_THEY_ARE for tensor in reader.tensors):
        return Exported(file, file)
    free = free_memory().memory
    if free is not None and 2 * sum(int(one.n_elements) for one in reader.tensors) > free / 2:
        logging.getLogger(__name__).warning(_ROUNDED, file.name)
        return Exported(file, file)
    fields = reader.fields
    writer = GGUFWriter(folder / "weights.gguf", fields["general.architecture"].contents())
    for name, field in fields.items():
        if not name.startswith(_NOT_COPIED):
            writer.add_key_value(name, field.contents(), field.types[0], field.types[-1])
    for tensor in reader.tensors:
        add_tensor(writer, tensor.name, dequantize(tensor.data, tensor.tensor_type), kind)
    finish(writer, kind)
    return Exported(folder / "weights.gguf", file)
