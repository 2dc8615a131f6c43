"""Turning a reference into an ordinary checkpoint folder that transformers trains and saves."""

from pathlib import Path

from pipeline.errors import ModelReferenceError
from pipeline.models.model import Model


def write_checkpoint(model: Model, folder: Path) -> None:
    """Write weights, tokenizer and chat template of a hub name, folder or GGUF file into `folder`.

    A model read from GGUF keeps a quantisation config and refuses to be saved; its weights go into a fresh
    model of the same config. Needs about twice the model's size in memory.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    kind, trust = model.reference.kind, model.config.trust_remote_code
    if kind not in ("hub", "folder", "gguf"):
        raise ModelReferenceError(
            f"model '{model.name}': a {kind} model cannot be trained"
        )
    file = model.reference.file
    if kind == "gguf" and file:
        loaded = AutoModelForCausalLM.from_pretrained(
            file.parent, gguf_file=file.name, dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        loaded = _without_quantization(loaded)
    else:
        name, _, revision = str(file or model.reference.name).partition("@")
        options = {"revision": revision or None, "trust_remote_code": trust}
        loaded = AutoModelForCausalLM.from_pretrained(name, dtype="auto", **options)
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
    loaded.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _without_quantization(loaded):  # type: ignore[no-untyped-def]
    from transformers.initialization import no_init_weights

    settings = loaded.config.to_dict()
    settings.pop("quantization_config", None)
    config = type(loaded.config).from_dict(settings)
    with no_init_weights():
        fresh = type(loaded)._from_config(config, dtype=loaded.dtype)
    fresh.load_state_dict(loaded.state_dict())
    fresh.tie_weights()
    fresh.generation_config = loaded.generation_config
    return fresh
