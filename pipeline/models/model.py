"""A model as a recipe names it: a reference, settings, a price, and the identity that caches depend on."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline.config import Strict
from pipeline.ledger import Usage
from pipeline.models.reference import Reference


class Price(Strict):
    """USD per million tokens; write it as a quoted number to keep every digit."""

    input: str | float
    output: str | float
    cached_input: str | float | None = None
    """For input tokens that the server took from its cache; `input` where not given."""


class ModelConfig(Strict):
    """An entry under `models:`; a plain text there is short for `{ref: text}`."""

    ref: str
    """A model reference: hub name, ./folder, file.gguf, package:..., http://host/v1#name, scripted:..."""
    engine: Literal["auto", "endpoint", "transformers", "openvino", "scripted"] = "auto"
    """Which runtime executes the weights; `auto` picks by reference, device and what is installed."""
    key_env: str | None = None
    """Name of the environment variable that holds the endpoint's key."""
    price: Price | None = None
    """What the endpoint charges; unknown where not given."""
    in_flight: int = Field(64, gt=0)
    """Requests under way at once, at most."""
    extra: dict[str, Any] = {}
    """Further fields of every request body to an endpoint."""
    trust_remote_code: bool = False
    """Let the model's own Python code run. Only for models whose code you have read."""


@dataclass(frozen=True, slots=True)
class Model:
    """Something that answers chat requests. `name` is the recipe's; `identity` is what it truly is."""

    name: str
    reference: Reference
    config: ModelConfig
    identity: str

    def charge(self, usage: Usage) -> Decimal | None:
        """What the provider charges for the tokens of `usage`, in USD; None when the price is unknown."""
        if self.reference.kind != "endpoint":
            return Decimal(0)
        price = self.config.price
        if price is None:
            return None
        cached = price.input if price.cached_input is None else price.cached_input
        fresh_tokens = usage.input_tokens - usage.cached_tokens
        parts = ((fresh_tokens, price.input), (usage.cached_tokens, cached))
        total = sum((n * Decimal(str(p)) for n, p in parts), Decimal(0))
        return (total + usage.output_tokens * Decimal(str(price.output))) / Decimal(
            1_000_000
        )

    @property
    def folder(self) -> Path | None:
        """The folder of a local checkpoint, where the model is one."""
        return self.reference.file if self.reference.kind == "folder" else None
