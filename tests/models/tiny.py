"""A checkpoint of few random weights, an adapter of it, and the models that these folders are."""

import shutil
from pathlib import Path
from typing import Any

from tutelage.contract.context import local_context
from tutelage.models.model import Model, ModelConfig, identity_of
from tutelage.models.reference import parse_reference
from tutelage.stages.random_student import RandomStudent

from tests.trees import harbour

_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def write_checkpoint(folder: Path) -> Path:
    """A tiny Llama in a folder."""
    context = local_context(folder / "made")
    RandomStudent(hidden_size=32).run(context, harbour(folder / "taxonomy"))
    context.journal.close()
    return folder / "made"


def write_adapter(base: Path, folder: Path) -> Path:
    """A LoRA adapter of a checkpoint, random too; beside it, in `merged`, the two as one."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    settings = LoraConfig(r=4, lora_alpha=64, init_lora_weights=False, target_modules="all-linear")
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base), settings)
    adapted.save_pretrained(folder / "adapter")
    adapted.merge_and_unload().save_pretrained(folder / "merged")
    for made in (folder / "adapter", folder / "merged"):
        for name in _TOKENIZER:
            shutil.copy(base / name, made)
    return folder / "adapter"


def model(folder: Path, **settings: Any) -> Model:
    """The model in a folder."""
    config = ModelConfig.model_validate({"ref": str(folder)} | settings)
    reference = parse_reference(config.ref, Path())
    return Model("student", reference, config, identity_of(reference.identity(), config))
