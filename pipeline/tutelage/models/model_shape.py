"""The shape of a model, read from its files' headers alone: no weights, no torch."""

import functools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.core.errors import ModelReferenceError

ADAPTER = "adapter_config.json"
"""What an adapter's folder has in place of `config.json`."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a decoder decides its memory and its speed."""

    parameters: int
    hidden: int
    layers: int
    intermediate: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    window: int | None = None
    """Tokens that it can read and write in one request, at most; None where it does not say."""

    @property
    def adapted(self) -> int:
        """Inputs and outputs of all linear layers but the head: LoRA's parameters per rank."""
        queries, keys = self.heads * self.head_size, self.kv_heads * self.head_size
        attention = 2 * (self.hidden + queries) + 2 * (self.hidden + keys)
        return self.layers * (attention + 3 * (self.hidden + self.intermediate))

    @property
    def embedded(self) -> int:
        """Parameters of the embedding."""
        return self.vocabulary * self.hidden


def read_shape(path: Path) -> Shape:
    """The shape of a checkpoint folder (an adapter's: of its base) or of a GGUF file.

    Raises ModelReferenceError where the files do not say it.
    """
    try:
        return _of_gguf(path, path.stat().st_mtime_ns) if path.is_file() else _of_folder(path)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as exc:
        problem = f"no {exc}" if isinstance(exc, KeyError) else exc
        raise ModelReferenceError(f"{path}: the model's shape cannot be read: {problem}") from exc


def adapter_base(folder: Path) -> str | None:
    """The model that an adapter folder belongs to, as it names it; None for a whole model."""
    if not (folder / ADAPTER).exists() or (folder / "config.json").exists():
        return None
    return str(_json(folder / ADAPTER)["base_model_name_or_path"])


def _of_folder(folder: Path) -> Shape:
    base = adapter_base(folder)
    if base is not None:
        if not Path(base).is_dir():
            raise ValueError(f"the adapter's base '{base}' is no folder here")
        return _of_folder(Path(base))
    config = _json(folder / "config.json")
    config = config.get("text_config") or config  # a model that also sees or hears
    heads = int(config["num_attention_heads"])
    hidden = int(config["hidden_size"])
    shape = Shape(
        parameters=0,
        hidden=hidden,
        layers=int(config["num_hidden_layers"]),
        intermediate=int(config.get("intermediate_size") or 4 * hidden),
        heads=heads,
        kv_heads=int(config.get("num_key_value_heads") or heads),
        head_size=int(config.get("head_dim") or hidden // heads),
        vocabulary=int(config["vocab_size"]),
        window=_window(config),
    )
    counted = sum(_sizes(folder)) or _reckoned(shape, tied=bool(config.get("tie_word_embeddings")))
    return replace(shape, parameters=counted)


def _window(config: Mapping[str, Any]) -> int | None:
    """What a configuration says, by the names that architectures give it."""
    names = ("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
    return next((int(config[name]) for name in names if config.get(name)), None)


def _sizes(folder: Path) -> Iterator[int]:
    """The number of weights of each tensor in a folder's safetensors, from their headers."""
    for file in sorted(folder.glob("*.safetensors")):
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header: dict[str, Any] = json.loads(stream.read(length))
        for name, tensor in header.items():
            if name != "__metadata__":
                yield math.prod(tensor["shape"])


def _reckoned(shape: Shape, *, tied: bool) -> int:
    """Parameters of a Llama-like decoder of a shape: its linear layers, embeddings and norms."""
    queries, keys = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    attention = 2 * shape.hidden * (queries + keys)
    layer = attention + 3 * shape.hidden * shape.intermediate + 2 * shape.hidden
    return shape.layers * layer + shape.embedded * (1 if tied else 2) + shape.hidden


@functools.lru_cache(maxsize=8)
def _of_gguf(file: Path, changed_ns: int) -> Shape:
    """Read once for each state of a file: its tokenizer stands before its tensors and is long."""
    from gguf import GGUFReader

    reader = GGUFReader(file)
    family = _field(reader.fields, "general.architecture")

    def number(name: str, otherwise: int | None = None) -> int:
        if f"{family}.{name}" not in reader.fields and otherwise is not None:
            return otherwise
        return int(_field(reader.fields, f"{family}.{name}"))

    hidden, heads = number("embedding_length"), number("attention.head_count")
    return Shape(
        parameters=sum(int(tensor.n_elements) for tensor in reader.tensors),
        hidden=hidden,
        layers=number("block_count"),
        intermediate=number("feed_forward_length"),
        heads=heads,
        kv_heads=number("attention.head_count_kv", heads),
        head_size=number("attention.key_length", hidden // heads),
        vocabulary=len(reader.fields["tokenizer.ggml.tokens"].data),
        window=number("context_length", 0) or None,
    )


def _field(fields: Mapping[str, Any], name: str) -> Any:
    return fields[name].contents()


def _json(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{file.name} holds no mapping")
    return found
