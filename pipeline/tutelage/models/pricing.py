"""What an endpoint charges: the recipe's price, else what genai-prices lists, else unknown."""

from decimal import Decimal, InvalidOperation
from functools import cache
from urllib.parse import urlsplit

from pydantic import field_validator

from tutelage.accounting.ledger import Usage
from tutelage.core.config import Strict

_MILLION = Decimal(1_000_000)


class Price(Strict):
    """USD per million tokens; write it as a quoted number to keep every digit."""

    input: str | float
    """For input tokens."""
    output: str | float
    """For output tokens."""
    cached_input: str | float | None = None
    """For input tokens that the server took from its cache; `input` where not given."""
    cache_write: str | float | None = None
    """For input tokens that the server wrote to its cache; `input` where not given."""

    @field_validator("input", "output", "cached_input", "cache_write")
    @classmethod
    def _amount(cls, value: str | float | None) -> str | float | None:
        if value is not None:
            read_amount(value)
        return value

    def charge(self, usage: Usage) -> Decimal:
        """The exact price of the tokens of `usage`, in USD."""
        cached = self.input if self.cached_input is None else self.cached_input
        written = self.input if self.cache_write is None else self.cache_write
        plain = usage.input_tokens - usage.cached_tokens - usage.written_tokens
        total = plain * read_amount(self.input)
        total += usage.cached_tokens * read_amount(cached)
        total += usage.written_tokens * read_amount(written)
        total += usage.output_tokens * read_amount(self.output)
        return total / _MILLION


def read_amount(value: str | float) -> Decimal:
    """An amount of money or tokens as it was written; raises ValueError where it is none."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"'{value}' is not a number") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"'{value}' is not an amount")
    return amount


def listed_charge(url: str, name: str, usage: Usage) -> Decimal | None:
    """The price of `usage` as genai-prices lists it, tiers included; None where it does not."""
    if not _is_listed(url, name):
        return None
    import genai_prices

    counts = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.written_tokens,
        output_tokens=usage.output_tokens,
    )
    return genai_prices.calc_price(counts, name, provider_api_url=url).total_price


def price_source(price: Price | None, url: str, name: str) -> str | None:
    """Where a model's price comes from, with the data set's version; None where it is unknown."""
    if price is not None:
        return "recipe"
    if not _is_listed(url, name):
        return None
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


@cache
def _is_listed(url: str, name: str) -> bool:
    host = urlsplit(url).hostname or ""
    if "." not in host or host.rpartition(".")[2].isdigit():  # one's own machine or network
        return False
    import genai_prices

    try:
        genai_prices.calc_price(genai_prices.Usage(input_tokens=1), name, provider_api_url=url)
    except LookupError:
        return False
    return True
