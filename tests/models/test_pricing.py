"""Prices: exact, from the recipe or the listed data, unknown rather than guessed."""

from decimal import Decimal

import pytest
from pydantic import ValidationError
from tutelage.accounting.ledger import Usage
from tutelage.models.pricing import Price, price_source

from tests.models.generation_session import GenerationSession


def test_prices_are_exact_to_the_last_digit() -> None:
    price = Price(input="0.1", output="0.0000003", cached_input="0.025")
    usage = Usage(input_tokens=3, cached_tokens=1, output_tokens=1)
    assert price.charge(usage) == Decimal("0.0000002250003")
    assert sum(price.charge(usage) for _ in range(1000)) == Decimal("0.0002250003")
    assert Price(input=0.1, output=0).charge(usage) == Decimal("0.0000003")


@pytest.mark.parametrize("wrong", ["cheap", "-1", "nan", "inf", -0.5])
def test_a_price_is_an_amount(wrong: str | float) -> None:
    with pytest.raises(ValidationError):
        Price(input=wrong, output=1)


def test_listed_models_have_a_price_and_others_none(desk: GenerationSession) -> None:
    usage = Usage(input_tokens=1_000_000, cached_tokens=400_000, output_tokens=1_000_000)
    url = "https://api.openai.com/v1"
    listed = desk.model(url)
    assert listed.charge(usage) is None, "no such model there"
    assert price_source(None, url, "tiny") is None
    assert price_source(None, "http://127.0.0.1:8000/v1", "gpt-4o-mini") is None
    assert str(price_source(None, url, "gpt-4o-mini")).startswith("genai-prices ")


def test_the_recipes_price_goes_before_the_list(desk: GenerationSession) -> None:
    model = desk.model("https://api.openai.com/v1", price={"input": 1, "output": 2})
    assert model.charge(Usage(output_tokens=1_000_000)) == 2
    assert price_source(model.config.price, "", "") == "recipe"
