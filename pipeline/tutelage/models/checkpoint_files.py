"""The files of a checkpoint or an adapter folder, as patterns: weights, settings, tokenizer."""

from tutelage.models.model_shape import ADAPTER

CHECKPOINT_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "generation_config.json",
    ADAPTER,
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    "chat_template.jinja",
)
