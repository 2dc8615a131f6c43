"""A model as a recipe names it: a reference, settings, a price, and the identity that caches depend
on."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from tutelage.accounting.ledger import Usage
from tutelage.core.config import Strict
from tutelage.core.digests import digest
from tutelage.models.batch_settings import BatchSettings
from tutelage.models.budget import Limits
from tutelage.models.chat import Request
from tutelage.models.pricing import Price, listed_charge, price_source
from tutelage.models.reference import Reference
from tutelage.models.refused_fields import Refusable
from tutelage.models.serve import Serve

_PRICED_TOKENS = 1_000
"""Long prompts may have a price of their own."""
EngineName = Literal["auto", "endpoint", "transformers", "openvino", "llama_cpp", "scripted"]


class ModelConfig(Strict):
    """An entry under `models:`; a plain text there is short for `{ref: text}`."""

    ref: str
    """org/name, ./folder, file.gguf, package:..., http://host/v1#name or scripted:..."""
    engine: EngineName = "auto"
    """What executes the weights, and those of what is trained of them; `auto` picks by reference,
    device and what is installed."""
    key_env: str | None = Field(None, repr=False)
    """Name of the environment variable that holds the endpoint's key, in capitals. An error does
    not show it: a key may stand there by mistake."""
    price: Price | None = None
    """What its tokens cost; for an endpoint without it what genai-prices lists, else unknown."""
    budget: Limits | None = None
    """A ceiling on what this model may use, beside the recipe's."""
    serve: Serve | None = None
    """Start a server for local weights and ask that, instead of loading them here."""
    batch: BatchSettings | None = None
    """Ask an endpoint through its provider's batch API: half the price, answers within a day."""
    more_urls: list[str] = []
    """Further base URLs of an endpoint that serve the same model; requests are spread over all.

    One that fails is passed over for 5 seconds, one that refuses the model or key for good.
    """
    in_flight: int = Field(64, gt=0)
    """Requests under way at once, at most."""
    timeout_seconds: float = Field(600, gt=0)
    """How long an endpoint may take for one answer."""
    attempts: int = Field(12, gt=0)
    """How often a request is tried before its row counts as failed.

    An endpoint that answered and is then out of reach, restarting say, is waited for 10 minutes.
    """
    extra: dict[str, Any] = {}
    """Further fields of every request body to an endpoint; null leaves a field out."""
    refuses: list[Refusable] = []
    """What a server does not take: `max_tokens` is sent as `max_completion_tokens`, the `system`
    turn stands at the beginning of the user's, other fields are left out. Read off its refusal
    where it is not said here. For weights that run here `system` does the same."""
    template: dict[str, Any] = {}
    """Arguments of the chat template, `{enable_thinking: false}` say; a server gets them as
    `chat_template_kwargs`."""
    reasoning_tokens: int = Field(0, ge=0)
    """Tokens that it may reason for before each answer, beside the answer's own `max_tokens`."""
    trust_remote_code: bool = False
    """Let the model's own Python code run. Only for models whose code you have read."""

    @model_validator(mode="after")
    def _one_kind_of_server(self) -> Self:
        remote = self.ref.startswith(("http://", "https://"))
        if remote and self.serve is not None:
            raise ValueError("`serve` starts a server for local weights, but `ref` is a server")
        if self.more_urls and not remote:
            raise ValueError("`more_urls` adds to a server, but `ref` is none")
        if self.template and "chat_template_kwargs" in self.extra:
            raise ValueError("`template` and `extra.chat_template_kwargs` are the same: give one")
        return self

    @model_validator(mode="after")
    def _batches_are_one_providers(self) -> Self:
        if self.batch is not None and not self.ref.startswith(("http://", "https://")):
            raise ValueError("`batch` is for a provider's batch API, but `ref` is no endpoint")
        if self.batch is not None and self.more_urls:
            raise ValueError("`batch` goes to one server, but `more_urls` names others")
        return self

    @field_validator("batch", mode="before")
    @classmethod
    def _in_short(cls, value: Any) -> Any:
        return {} if value is True else None if value is False else value

    @field_validator("more_urls")
    @classmethod
    def _base_urls(cls, urls: list[str]) -> list[str]:
        for number, url in enumerate(urls, 1):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
                raise ValueError(f"number {number} is no base URL such as http://host:port/v1")
            if parts.username or parts.password:
                raise ValueError(f"number {number} holds a password: use key_env")
        return urls

    @field_validator("key_env")
    @classmethod
    def _names_a_variable(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
            raise ValueError(
                "is no name of an environment variable, in capitals; put the key into one, and its "
                "name here"
            )
        return name

    @field_validator("extra")
    @classmethod
    def _not_ours(cls, extra: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(set(extra) & {"model", "messages", "stream", "n"}):
            raise ValueError(f"'{taken[0]}' is set by Tutelage")
        return extra


@dataclass(frozen=True, slots=True)
class Model:
    """What answers chat requests. `name` is the recipe's; `identity` is what it truly is."""

    name: str
    reference: Reference
    config: ModelConfig
    identity: str

    def charge(self, usage: Usage) -> Decimal | None:
        """What the provider charges for `usage`, in USD; None when the price is unknown.

        A price is that of single requests, of which a batch costs a share.
        """
        if self.config.price is not None:
            usd: Decimal | None = self.config.price.charge(usage)
        elif self.reference.kind != "endpoint":
            return Decimal(0)
        else:
            usd = listed_charge(self.reference.url, self.reference.name, usage)
        if usd is not None and self.config.batch is not None:
            usd *= Decimal(str(self.config.batch.price_share))
        return usd

    @property
    def usd_per_million(self) -> dict[str, float] | None:
        """What a million tokens of short prompts, and of answers, cost at a provider; None where
        the price is unknown or there is no provider."""
        asked = self.charge(Usage(requests=1, input_tokens=_PRICED_TOKENS))
        answered = self.charge(Usage(requests=1, output_tokens=_PRICED_TOKENS))
        if self.reference.kind != "endpoint" or asked is None or answered is None:
            return None
        many = 1_000_000 // _PRICED_TOKENS
        return {"input": float(asked * many), "output": float(answered * many)}

    def charged(self, usage: Usage) -> Usage:
        """A usage with the price known now, where it was unknown when it was paid."""
        return usage if usage.usd is not None else replace(usage, usd=self.charge(usage))

    @property
    def price_source(self) -> str | None:
        """Where the price comes from, for a report; None where it is unknown."""
        if self.reference.kind != "endpoint" and self.config.price is None:
            return "own machine"
        return price_source(self.config.price, self.reference.url, self.reference.name)

    def allowing(self, request: Request) -> Request:
        """A request with the tokens that the model may reason for beside its answer."""
        if not self.config.reasoning_tokens:
            return request
        sampling = replace(request.sampling, reasoning_tokens=self.config.reasoning_tokens)
        return replace(request, sampling=sampling)

    def singly(self) -> "Model":
        """The model asked request by request, where nobody can wait for a batch."""
        if self.config.batch is None:
            return self
        return replace(self, config=self.config.model_copy(update={"batch": None}))

    @property
    def asks_server(self) -> bool:
        """Whether requests go to a server, which may charge for what is under way."""
        return self.reference.kind == "endpoint" or self.config.serve is not None

    @property
    def sends_limit(self) -> bool:
        """Whether a request's own `max_tokens` decides how long its answer may be."""
        return not (self.asks_server and "max_tokens" in self.config.extra)

    @property
    def folder(self) -> Path | None:
        """The folder of a local checkpoint, where the model is one."""
        return self.reference.file if self.reference.kind == "folder" else None


def identity_of(named: str, config: ModelConfig) -> str:
    """What a model is: what is named, by its identity, and what its settings make of that.

    How long it may reason is no part of it: answers that ended by themselves serve any allowance.
    """
    if config.template:
        return digest(named, config.extra, config.template)
    return digest(named, config.extra) if config.extra else named
