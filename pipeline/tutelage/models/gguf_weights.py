"""A checkpoint's weights as a GGUF file: a Llama-shaped decoder's tensors and numbers.

Tensor names and the layout of GGUF are those of the `gguf` package, which llama.cpp maintains.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from tutelage.core.errors import InputError
from tutelage.models.merging import load_merged
from tutelage.models.model_shape import adapter_base

Kind = Literal["F32", "F16", "BF16", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0"]
"""How matrices are stored: in full, or in blocks of 32 numbers with a common scale."""

FAMILIES = {"llama": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3"}
"""transformers' `model_type` and gguf's name of it, where the layout is known here."""
_BLOCK = 32


def exportable(folder: Path) -> bool:
    """True for a checkpoint or an adapter folder whose layout is known here."""
    file = Path(adapter_base(folder) or folder) / "config.json"
    config = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return config.get("model_type") in FAMILIES and rope.get("rope_type", "default") == "default"


def load_whole(folder: Path) -> Any:
    """The model of a folder in float32; an adapter is merged into its base."""
    import torch
    from transformers import AutoModelForCausalLM

    if adapter_base(folder) is None:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return load_merged(folder)


def write_weights(
    model: Any, file: Path, kind: Kind, describe: Callable[[Any], None] | None = None
) -> None:
    """Write a loaded model; `describe` adds further entries to the gguf writer's header.

    Raises InputError where a tensor has no place in the format.
    """
    from gguf import MODEL_ARCH, GGUFWriter, get_tensor_name_map

    config = model.config
    writer = GGUFWriter(file, config.model_type)
    _add_shape(config, writer)
    if describe is not None:
        describe(writer)
    names = get_tensor_name_map(MODEL_ARCH[FAMILIES[config.model_type]], config.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        data = _in_gguf_order(name, tensor, config).float().numpy()
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if target is None:
            raise InputError(f"the tensor '{name}' has no place in a GGUF file of this family")
        add_tensor(writer, target, data, kind)
    finish(writer, kind)


def add_tensor(writer: Any, name: str, data: Any, kind: Kind) -> None:
    """A tensor of float32; norms and biases stay so, rows that make no whole blocks are F16."""
    from gguf.quants import quantize

    if data.ndim == 1:
        writer.add_tensor(name, data)
        return
    stored = stored_as(data, kind)
    writer.add_tensor(name, quantize(data, stored), raw_dtype=stored)


def stored_as(data: Any, kind: Kind) -> Any:
    """The type of gguf's in which a matrix is stored."""
    from gguf import GGMLQuantizationType

    return GGMLQuantizationType[kind if data.shape[-1] % _BLOCK == 0 else "F16"]


def finish(writer: Any, kind: Kind) -> None:
    """Write the header and the tensors."""
    from gguf import LlamaFileType

    writer.add_file_type(LlamaFileType["ALL_F32" if kind == "F32" else f"MOSTLY_{kind}"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(config: Any, writer: Any) -> None:
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
