"""What a request comes to: at worst before it is sent, truly once it is answered."""

from dataclasses import replace

from tutelage.accounting.ledger import Usage
from tutelage.models.budget import LIMIT_FIELDS, is_endless
from tutelage.models.chat import Completion, Request
from tutelage.models.model import Model
from tutelage.models.reasoning import tell_apart
from tutelage.models.token_estimate import most_tokens

_ENDLESS = 1 << 31
"""Tokens of an answer that nothing limits: no budget in USD or tokens affords it."""


def worst_case(model: Model, request: Request) -> Usage:
    """The most that a request can come to."""
    sampling, extra = request.sampling, model.config.extra
    limits = [extra.get(name) for name in LIMIT_FIELDS]
    most = max([sampling.limit, *(n for n in limits if isinstance(n, int))])
    most = _ENDLESS if is_endless(extra) else most
    prompt = most_tokens(request.messages, sampling.schema, extra, request.tools)
    usage = Usage(1, prompt, output_tokens=most)
    charges = [model.charge(replace(usage, written_tokens=n)) for n in (0, prompt)]
    known = [charge for charge in charges if charge is not None]
    return replace(usage, usd=max(known) if len(known) == len(charges) else None)


def priced(model: Model, completion: Completion, key: str) -> Completion:
    """An engine's answer as the journal takes it: reasoning apart, with its price and its key."""
    usage, usd = completion.usage, completion.stated_usd
    usage = replace(usage, usd=model.charge(usage) if usd is None else usd)
    return replace(tell_apart(completion), usage=usage, key=key)
