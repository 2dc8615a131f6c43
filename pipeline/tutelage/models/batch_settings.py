"""What a recipe says of batches: many requests handed in at once, answered later at half price."""

from typing import Literal

from pydantic import Field

from tutelage.core.config import Strict

Form = Literal["openai", "anthropic"]


class BatchSettings(Strict):
    """An entry `batch:` of an endpoint model; `batch: true` is short for `{}`.

    Requests go to the provider's batch API (OpenAI's, which others copy, or Anthropic's): answers
    come within 24 hours. A run that is ended meanwhile collects them when it is run again.
    """

    form: Literal["auto", "openai", "anthropic"] = "auto"
    """The provider's form of batch API; `auto` goes by the address."""
    price_share: float = Field(0.5, gt=0, le=1)
    """What a token in a batch costs, as a share of its ordinary price."""
    most_requests: int = Field(10_000, gt=0)
    """Requests in one batch, at most; further ones go into further batches, side by side."""
    poll_seconds: float = Field(30.0, gt=0)
    """How often the provider is asked whether a batch has ended."""

    def form_for(self, url: str) -> Form:
        """The form of the batch API at a base URL."""
        if self.form != "auto":
            return self.form
        return "anthropic" if "anthropic" in url else "openai"
