"""What a server reports of an answer's cost: tokens, those from its cache, and what it charges.

OpenAI's names are read, and those by which other providers say the same, wherever they stand.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Request
from tutelage.models.token_estimate import estimate_tokens, request_tokens

_LONGEST_ANSWER_TOKENS = 1 << 20
"""Beyond this a count is of something else than one answer."""
_INPUT = ("prompt_tokens", "input_tokens", "prompt_token_count")
_OUTPUT = ("completion_tokens", "output_tokens", "candidates_token_count")
_READ = re.compile(r"cached|cache_?(?:hit|read)")
_WRITTEN = re.compile(r"cache_?(?:creat|writ)|written")
_NOT_INPUT = re.compile(r"miss|audio|image|output|completion|storage")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COST = ("cost", "total_cost", "estimated_cost")


def reported_usage(request: Request, said: str, sent: Any) -> Usage:
    """The server's token counts; a marked estimate where it sent none that can be right.

    `said` is all that was generated. Nothing beside a text is no count: a prompt of 0 tokens is
    none. Some servers leave reasoning out of the output, but charge it and count it in the total.
    """
    counts = _counts(sent)
    read, written = _cached(counts, _READ), _cached(counts, _WRITTEN)
    input_tokens = _first(counts, _INPUT) or None
    output_tokens = _first(counts, _OUTPUT)
    total = counts.get("total_tokens") or counts.get("total_token_count") or 0
    if input_tokens is not None and _leaves_out(counts, input_tokens, output_tokens, read, written):
        input_tokens += read + written
    if input_tokens is None and output_tokens is not None and total > output_tokens:
        input_tokens = total - output_tokens
    output_tokens = _with_reasoning(counts, input_tokens, output_tokens, total)
    if output_tokens == 0 and said.strip():
        output_tokens = None
    estimated = input_tokens is None or output_tokens is None
    if input_tokens is None:
        input_tokens = max(request_tokens(request.messages, request.tools), read + written)
    if output_tokens is None:
        output_tokens = estimate_tokens(said)
    read = min(read, input_tokens)
    return Usage(
        requests=1,
        input_tokens=input_tokens,
        cached_tokens=read,
        written_tokens=min(written, input_tokens - read),
        output_tokens=output_tokens,
        estimated=estimated,
    )


def stated_cost(sent: Any) -> Decimal | None:
    """The USD that a server says it charges for an answer; None where it says nothing readable."""
    if not isinstance(sent, Mapping):
        return None
    stated = next((sent[name] for name in _COST if sent.get(name) is not None), None)
    if isinstance(stated, Mapping):
        stated = next((stated[name] for name in ("total_cost", "total") if name in stated), None)
    cost = _amount(stated)
    details = sent.get("cost_details")
    if cost is not None and sent.get("is_byok") and isinstance(details, Mapping):
        cost += _amount(details.get("upstream_inference_cost")) or Decimal(0)
    return cost


def unseen_reasoning(sent: Any) -> str:
    """A note on reasoning that a server counts, but does not show; empty where it counts none."""
    count = _reasoning(_counts(sent))
    return f"({count} tokens that the server does not show)" if count else ""


def _counts(sent: Any) -> dict[str, int]:
    """Every count by its name; of what details say as `details.name`."""
    found: dict[str, int] = {}
    for name, value in sent.items() if isinstance(sent, Mapping) else ():
        name = _snake(name)
        if isinstance(value, Mapping):
            inside = ((f"{name}.{_snake(key)}", count) for key, count in value.items())
            found |= {key: count for key, count in inside if _is_count(count)}
        elif _is_count(value):
            found[name] = value
    return found


def _cached(counts: Mapping[str, int], kind: re.Pattern[str]) -> int:
    """Of all fields that say it the largest: gateways fill in one of them and leave others 0."""
    read = kind is _READ
    return max(
        (
            count
            for name, count in counts.items()
            if kind.search(name)
            and not _NOT_INPUT.search(name)
            and not (read and _WRITTEN.search(name))
        ),
        default=0,
    )


def _first(counts: Mapping[str, int], names: tuple[str, ...]) -> int | None:
    return next((counts[name] for name in names if name in counts), None)


def _leaves_out(
    counts: Mapping[str, int], sent: int, output_tokens: int | None, read: int, written: int
) -> bool:
    """Whether the input does not count what the cache had, as Anthropic's own count does not."""
    cached = read + written
    total = counts.get("total_tokens")
    if not cached:
        return False
    if total is not None and output_tokens is not None:
        return total == sent + cached + output_tokens
    native = "prompt_tokens" not in counts and "cache_read_input_tokens" in counts
    return native or cached > sent


def _with_reasoning(
    counts: Mapping[str, int], input_tokens: int | None, output_tokens: int | None, total: int
) -> int | None:
    if input_tokens is not None:
        beyond_input = total - input_tokens
        if (output_tokens or 0) < beyond_input <= _LONGEST_ANSWER_TOKENS:
            return beyond_input
    reasoned = _reasoning(counts)
    if output_tokens is not None and output_tokens < reasoned <= _LONGEST_ANSWER_TOKENS:
        return output_tokens + reasoned
    return output_tokens


def _reasoning(counts: Mapping[str, int]) -> int:
    return max((n for name, n in counts.items() if name.endswith("reasoning_tokens")), default=0)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**40


def _snake(name: Any) -> str:
    return _CAMEL.sub("_", str(name)).lower()


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None
