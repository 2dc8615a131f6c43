"""What servers report: how an answer ended, which tokens were used, and what they charge."""

from decimal import Decimal
from typing import Any

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.models.chat import FinishReason, unanswered, unusable
from tutelage.models.engines.finish_reasons import finish_reason, is_broken_off
from tutelage.models.engines.reported_usage import reported_usage, stated_cost
from tutelage.models.pricing import Price
from tutelage.testing.loopback import Loopback, chat_reply

from tests.models.generation_session import GenerationSession, ask


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", "stop"), ("STOP", "stop"), ("eos", "stop"), ("end_turn", "stop"),
        ("COMPLETE", "stop"), ("FinishReason.STOP", "stop"), ("stop_sequence", "stop"),
        ("length", "length"), ("MAX_TOKENS", "length"), ("max_output_tokens", "length"),
        ("model_length", "length"), ("limit", "length"), ("token_limit", "length"),
        ("model_context_window_exceeded", "length"), ("context_length_exceeded", "length"),
        ("FINISH_REASON_MAX_TOKENS", "length"), ("truncated", "length"),
        ("content_filter", "filtered"), ("content_filter: RECITATION", "filtered"),
        ("RECITATION", "filtered"), ("SAFETY", "filtered"), ("PROHIBITED_CONTENT", "filtered"),
        ("SPII", "filtered"), ("refusal", "filtered"), ("guardrail_intervened", "filtered"),
        ("ERROR_TOXIC", "filtered"),
        ("tool_calls", "stop"), ("OTHER", "unknown"), ("banana", "unknown"),
        ("MALFORMED_FUNCTION_CALL", "unknown"),
    ],
)  # fmt: skip
def test_a_servers_word_for_the_end(word: str, reason: FinishReason) -> None:
    assert finish_reason(word, 5, 256) == reason
    assert not is_broken_off(word)


def test_without_a_word_the_tokens_tell() -> None:
    assert finish_reason("", 5, 256) == "stop"
    assert finish_reason("", 256, 256) == "length"
    assert finish_reason("", 256, None) == "stop"


def test_an_end_that_nobody_knows_is_named_and_kept(desk: GenerationSession) -> None:
    with Loopback(lambda body: chat_reply("Blue is", "banana")) as server:
        (found,) = desk.client(server.url).complete([ask("q")])
        (again,) = desk.client(server.url).complete([ask("q")])
    for one in (found, again):
        assert one.finish_reason == "unknown" and unanswered(one) is None
        assert unusable(one) == "ended by the server: banana"


COUNTS: list[tuple[Any, tuple[int, int, int, int, bool]]] = [
    # input, cached, written, output, estimated
    ({"prompt_tokens": 20, "completion_tokens": 5}, (20, 0, 0, 5, False)),
    ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, (5, 0, 0, 2, True)),
    ({"prompt_tokens": 20, "completion_tokens": 0}, (20, 0, 0, 2, True)),
    ({"prompt_tokens": 0, "completion_tokens": 5, "total_tokens": 25}, (20, 0, 0, 5, False)),
    (None, (5, 0, 0, 2, True)),
    ({"input_tokens": 20, "output_tokens": 5}, (20, 0, 0, 5, False)),
    ({"promptTokens": 7}, (7, 0, 0, 2, True)),
    ({"prompt_tokens": 1000, "completion_tokens": 10,
      "prompt_tokens_details": {"cached_tokens": 900}}, (1000, 900, 0, 10, False)),
    ({"prompt_tokens": 1000, "completion_tokens": 10, "prompt_cache_hit_tokens": 900,
      "prompt_cache_miss_tokens": 100}, (1000, 900, 0, 10, False)),
    ({"prompt_tokens": 1000, "completion_tokens": 10, "cached_tokens": 900},
     (1000, 900, 0, 10, False)),
    ({"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010,
      "cache_read_input_tokens": 900, "cache_creation_input_tokens": 50,
      "prompt_tokens_details": {"cached_tokens": 0}}, (1000, 900, 50, 10, False)),
    ({"input_tokens": 50, "output_tokens": 10, "cache_read_input_tokens": 900,
      "cache_creation_input_tokens": 50}, (1000, 900, 50, 10, False)),
    ({"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 1010,
      "cache_read_input_tokens": 900, "cache_creation_input_tokens": 50},
     (1000, 900, 50, 10, False)),
    ({"prompt_tokens": 1000, "completion_tokens": 10, "cachedContentTokenCount": 900},
     (1000, 900, 0, 10, False)),
    ({"input_tokens": 1000, "output_tokens": 10, "input_tokens_details": {"cached_tokens": 900}},
     (1000, 900, 0, 10, False)),
    ({"prompt_tokens": 1000, "completion_tokens": 10,
      "prompt_tokens_details": {"cached_tokens": 900, "cache_write_tokens": 50}},
     (1000, 900, 50, 10, False)),
    ({"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 530,
      "completion_tokens_details": {"reasoning_tokens": 500}}, (20, 0, 0, 510, False)),
    ({"prompt_tokens": 20, "completion_tokens": 10,
      "completion_tokens_details": {"reasoning_tokens": 500}}, (20, 0, 0, 510, False)),
    ({"prompt_tokens": 20, "completion_tokens": 510,
      "completion_tokens_details": {"reasoning_tokens": 500}}, (20, 0, 0, 510, False)),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "counted"), COUNTS)
def test_tokens_are_counted_as_each_provider_names_them(
    sent: Any, counted: tuple[int, int, int, int, bool]
) -> None:
    found = reported_usage(ask("q"), "Blue.", sent)
    assert (
        found.input_tokens,
        found.cached_tokens,
        found.written_tokens,
        found.output_tokens,
        found.estimated,
    ) == counted


def test_tokens_of_the_cache_are_charged_at_their_rate() -> None:
    usage = Usage(1, 1000, 900, 10, written_tokens=50)
    price = Price(input="10", output="20", cached_input="1", cache_write="12")
    assert price.charge(usage) == Decimal(50 * 10 + 900 * 1 + 50 * 12 + 10 * 20) / 1_000_000
    plain = Price(input="10", output="20")
    assert plain.charge(usage) == Decimal(1000 * 10 + 10 * 20) / 1_000_000


@pytest.mark.parametrize(
    ("sent", "usd"),
    [
        ({"cost": 0.00125}, "0.00125"),
        ({"cost": "0.00125"}, "0.00125"),
        ({"cost": 0}, "0"),
        ({"cost": {"input_tokens_cost": 0.1, "total_cost": 0.3}}, "0.3"),
        ({"estimated_cost": 0.002}, "0.002"),
        ({"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}},
         "0.021"),
        ({"cost": None}, None), ({"cost": -1}, None), ({"cost": "free"}, None), ({}, None),
        (None, None), ({"cost": True}, None), ({"cost": float("nan")}, None),
    ],
)  # fmt: skip
def test_a_stated_cost_is_read(sent: Any, usd: str | None) -> None:
    assert stated_cost(sent) == (None if usd is None else Decimal(usd))


def test_a_stated_cost_is_taken_before_any_price(desk: GenerationSession) -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 10, "cost": 0.00125}
    price = {"input": "1", "output": "1"}
    with Loopback(lambda body: chat_reply("Blue.", usage=usage)) as server:
        (found,) = desk.client(server.url, price=price).complete([ask("q")])
        (again,) = desk.client(server.url, price=price).complete([ask("q")])
        (free,) = desk.client(server.url).complete([ask("r")])
    assert found.usage.usd == again.usage.usd == free.usage.usd == Decimal("0.00125")


def test_a_usage_of_older_code_is_read() -> None:
    assert Usage.from_json({"requests": 1, "usd": "0.5"}).written_tokens == 0
