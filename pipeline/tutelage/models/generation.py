"""The generation settings of a checkpoint: an adapter's own before those of its base."""

from pathlib import Path
from typing import Any

from tutelage.models.model_shape import adapter_base

FILE = "generation_config.json"


def generation_settings(folder: Path) -> Any:
    """transformers' GenerationConfig of a checkpoint or an adapter folder."""
    from transformers import AutoConfig, GenerationConfig

    if (folder / FILE).is_file():
        return GenerationConfig.from_pretrained(folder)
    base = adapter_base(folder) or str(folder)
    try:
        return GenerationConfig.from_pretrained(base)
    except OSError:  # it has none, so its config says it all
        return GenerationConfig.from_model_config(AutoConfig.from_pretrained(base))


def stops_of(folder: Path) -> list[int]:
    """The tokens that end a model's answers."""
    found = generation_settings(folder).eos_token_id
    return found if isinstance(found, list) else [] if found is None else [int(found)]


def positions_of(folder: Path) -> int | None:
    """Tokens that a model can place, as its config says; None where it names no bound."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(adapter_base(folder) or folder).get_text_config()
    found = getattr(config, "max_position_embeddings", None)
    return int(found) if found else None
