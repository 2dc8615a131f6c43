"""Files that OpenVINO GenAI opens, GGUF weights and a tokenizer, and that answer as the model does.

Made of a Llama-shaped checkpoint, or of a GGUF file whose blocks OpenVINO would round. Weights
become float16, or int8 in blocks of 32 (Q8_0); an adapter is merged in float32 before.
Tensor names and the layout of GGUF are those of the `gguf` package, which llama.cpp maintains.
"""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tutelage.core.free_memory import free_memory
from tutelage.models.model import Model
from tutelage.models.model_shape import adapter_base
from tutelage.models.reference import tokenizer_of

Kind = Literal["F16", "Q8_0"]

_SHAPES = {"llama": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3"}
"""transformers' `model_type` and gguf's name of it, where OpenVINO's reader knows the shape."""
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


def exportable(folder: Path) -> bool:
    """True for a checkpoint or an adapter folder whose shape OpenVINO's GGUF reader knows."""
    file = Path(adapter_base(folder) or folder) / "config.json"
    config = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return config.get("model_type") in _SHAPES and rope.get("rope_type", "default") == "default"


def export(model: Model, folder: Path, kind: Kind = "F16") -> Exported:
    """Write a checkpoint for OpenVINO; needs the model's weights in memory as float32."""
    import openvino
    from openvino_tokenizers import convert_tokenizer
    from transformers import AutoTokenizer

    source = model.folder
    assert source is not None  # only folders are exported
    loaded = _load(source)
    _write_weights(loaded, folder / "weights.gguf", kind)
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
        _add(writer, tensor.name, dequantize(tensor.data, tensor.tensor_type), kind)
    _finish(writer, kind)
    return Exported(folder / "weights.gguf", file)


def _load(folder: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    if adapter_base(folder) is None:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    from peft import AutoPeftModelForCausalLM

    adapted = AutoPeftModelForCausalLM.from_pretrained(folder, torch_dtype=torch.float32)
    return adapted.merge_and_unload()


def _write_weights(model: Any, file: Path, kind: Kind) -> None:
    from gguf import MODEL_ARCH, GGUFWriter, get_tensor_name_map

    config = model.config
    writer = GGUFWriter(file, config.model_type)
    _describe(config, writer)
    names = get_tensor_name_map(MODEL_ARCH[_SHAPES[config.model_type]], config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = _in_gguf_order(name, tensor, config).float().numpy()
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise ValueError(f"'{name}' has no place in a GGUF file")
        _add(writer, target, data, kind)
    _finish(writer, kind)


def _add(writer: Any, name: str, data: Any, kind: Kind) -> None:
    """A tensor of float32; norms and biases stay so."""
    from gguf import GGMLQuantizationType
    from gguf.quants import quantize

    if data.ndim == 1:
        writer.add_tensor(name, data)
    else:
        stored = GGMLQuantizationType[kind]
        writer.add_tensor(name, quantize(data, stored), raw_dtype=stored)


def _finish(writer: Any, kind: Kind) -> None:
    from gguf import LlamaFileType

    writer.add_file_type(LlamaFileType[f"MOSTLY_{kind}"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(config: Any, writer: Any) -> None:
    """The numbers of a shape."""
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)


def _in_gguf_order(name: str, tensor: Any, config: Any) -> Any:
    """Llama's rotary halves interleaved, as GGUF keeps the rows of queries and keys."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    count = heads.get(name.split(".")[-2])
    if count is None or config.model_type != "llama":
        return tensor
    return tensor.view(count, 2, -1, *tensor.shape[1:]).transpose(1, 2).reshape(tensor.shape)
