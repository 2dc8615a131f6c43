"""An endpoint's key: from the environment, shown nowhere."""

import os

from tutelage.core.errors import ModelReferenceError
from tutelage.models.model import Model

_SHORTEST_SECRET = 8
"""Shorter keys, `none` or `EMPTY` say, are dummies for servers that ask for no key."""


def secret_of(key: str) -> str:
    """What may not be shown of a key; nothing of a short one: hiding it would spoil answers."""
    return key if len(key) >= _SHORTEST_SECRET else ""


def auth_headers(model: Model, key: str) -> dict[str, str]:
    """How a server is shown the key: as OpenAI's, or as Anthropic's own API wants it."""
    batch = model.config.batch
    if batch is not None and batch.form_for(model.reference.url) == "anthropic":
        return {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return {"Authorization": f"Bearer {key}"} if key else {}


def read_key(model: Model) -> str:
    """The key from the environment; raises ModelReferenceError, never showing it."""
    name = model.config.key_env
    if name is None:
        return ""
    key = os.environ.get(name, "").strip()
    where = f"model '{model.name}': the environment variable {name} (key_env)"
    if not key:
        raise ModelReferenceError(f"{where} is not set")
    if not (key.isascii() and key.isprintable()):
        raise ModelReferenceError(f"{where} holds characters that no key has")
    return key
