"""A checkpoint as one GGUF file that llama.cpp, Ollama and LM Studio open, with its tokenizer."""

import json
from pathlib import Path

from tutelage.core.errors import InputError
from tutelage.models.generation import stops_of
from tutelage.models.gguf_weights import FAMILIES, Kind, exportable, load_whole, write_weights
from tutelage.models.model_shape import adapter_base
from tutelage.models.reference import tokenizer_of
from tutelage.sharing.gguf_tokenizer import add_tokenizer
from tutelage.sharing.ollama import modelfile


def export_gguf(checkpoint: Path, out: Path, kind: Kind, *, ollama: bool = False) -> list[Path]:
    """Write a checkpoint or adapter folder as the GGUF file `out`; returns the files written.

    With `ollama` a `Modelfile` is written beside it. The weights pass through float32 in memory.
    Raises InputError where the family or the tokenizer cannot be written exactly.
    """
    _check(checkpoint, out)
    tokenizer_folder = Path(tokenizer_of(checkpoint))
    beside = out.with_name("Modelfile")
    text = _modelfile(checkpoint, out) if ollama else None
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.part")
    model = load_whole(checkpoint)
    size = int(model.config.vocab_size)
    try:
        write_weights(model, partial, kind, lambda to: add_tokenizer(tokenizer_folder, size, to))
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    if text is None:
        return [out]
    beside.write_text(text, encoding="utf-8")
    return [out, beside]


def _check(checkpoint: Path, out: Path) -> None:
    folder = Path(adapter_base(checkpoint) or checkpoint)
    if not (folder / "config.json").is_file():
        raise InputError(f"{checkpoint}: no checkpoint folder; name one such as runs/NAME/sft")
    if not exportable(checkpoint):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        known = ", ".join(sorted(FAMILIES))
        raise InputError(
            f"{checkpoint}: a model of type '{config.get('model_type')}' (with its kind of rotary "
            f"positions) cannot be written as GGUF here; known are {known} with default positions"
        )
    if out.exists():
        raise InputError(f"{out}: exists already; name another file with --out, or remove it")


def _modelfile(checkpoint: Path, out: Path) -> str:
    """The Modelfile of `out`, with the texts of the tokens that end an answer as its stops."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tokenizer_of(checkpoint))
    ends = stops_of(checkpoint) or [tokenizer.eos_token_id]
    return modelfile(tokenizer, out, [str(tokenizer.decode([end])) for end in ends])
