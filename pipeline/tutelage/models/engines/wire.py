"""The OpenAI-compatible dialect: a request as JSON bytes, an answer or why there is none."""

import json
import re
from collections.abc import Mapping
from time import time
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.core.errors import (
    FieldRefused,
    LostError,
    ModelError,
    RejectedError,
    RetryableError,
    TerminalError,
)
from tutelage.models.api_key import secret_of
from tutelage.models.chat import Completion, Request, is_pre_query
from tutelage.models.engines.finish_reasons import finish_reason, is_broken_off
from tutelage.models.engines.message_parts import message_parts
from tutelage.models.engines.reported_usage import reported_usage, stated_cost, unseen_reasoning
from tutelage.models.model import Model
from tutelage.models.refused_fields import RefusedFields, cure

_NO_CREDIT = ("insufficient_quota", "insufficient credit", "out of credit", "credit balance")
_PAY_FIRST = ("billing", "payment")
"""Words for no credit in a 403; other refusals have them in an advice too."""
_BAD = "(?:invalid|incorrect|not valid|disabled|revoked|expired|deactivated|suspended|blocked)"
_BAD_KEY = re.compile(rf"{_BAD}[ _-]api[ _-]?key|(?:api[ _-]?key|account)\b[^.]{{0,40}}\b{_BAD}\b")
"""A key or an account that is refused, where a 400 or 403 else is about one prompt."""
_TOO_LONG = re.compile(
    r"context[ _-](?:length|window|size)|too long|too many tokens|longer than|token count"
    r"|less than \d+ tokens"
)
"""Words for a prompt that is too long, which tells nothing of the other requests."""
_READ_OF_REFUSAL = 8_000
"""Bytes of a refusal in which a field may be named."""
_NOT_UNDERSTOOD = (400, 422)
_MAYBE_CHARGED = (408, 504, 524)
_OVERLOADED = (429, 503, 529)


class Wire:
    """Writes and reads messages of one endpoint for one model; the key never gets past it."""

    def __init__(self, model: Model, name: str, key: str) -> None:
        self._where = f"model '{model.name}'"
        self._fixed = {"model": name}
        self._extra = model.config.extra
        self._template = model.config.template
        self._refused = RefusedFields(model.name, model.config.refuses)
        self._sends_limit = model.sends_limit
        self._secret = secret_of(key)

    def fields(self, request: Request) -> dict[str, Any]:
        """A request as the server takes it; a null in the model's `extra` leaves a field out."""
        sampling = request.sampling
        fields: dict[str, Any] = self._fixed | {
            "messages": request.messages,
            "max_tokens": sampling.limit,
            "temperature": sampling.temperature,
            "seed": sampling.seed,
        }
        if is_pre_query(request):  # to the server's completions, without a template
            del fields["messages"]
            fields["prompt"] = request.messages[-1]["content"]
        elif request.messages[-1]["role"] == "assistant":  # vLLM's way to go on with it
            fields |= {"continue_final_message": True, "add_generation_prompt": False}
        if sampling.top_p != 1.0:
            fields["top_p"] = sampling.top_p
        if sampling.stop:
            fields["stop"] = sampling.stop
        if sampling.schema is not None:
            schema = {"name": "answer", "schema": sampling.schema, "strict": True}
            fields["response_format"] = {"type": "json_schema", "json_schema": schema}
        if request.tools and "messages" in fields:
            fields["tools"] = list(request.tools)
        if self._template and "messages" in fields:
            fields["chat_template_kwargs"] = self._template
        if self._extra:
            fields = {k: v for k, v in (fields | self._extra).items() if v is not None}
        return self._refused.done_without(fields)

    def read(
        self,
        request: Request,
        sent: Mapping[str, Any],
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Completion:
        """The completion in a response to what was `sent`; raises the ModelError that fits.

        FieldRefused where the same request, without a field, may be sent again at once.
        """
        if self._secret:  # an echo must not reach a log or an artifact
            body = body.replace(self._secret.encode(), b"***")
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            data = None
        if status != 200:
            return self._refusal(request, sent, status, headers, data, body)
        if not isinstance(data, dict):
            raise LostError(f"malformed: not JSON: {squeeze(body.decode(errors='replace'))}")
        if data.get("error"):
            status = _status_in(data["error"])
            return self._refusal(request, sent, status, headers, data, body)
        return self._completion(request, data)

    def _completion(self, request: Request, data: dict[str, Any]) -> Completion:
        try:
            choice = data["choices"][0]
            ended = choice.get("finish_reason") or ""
            if choice.get("error") or is_broken_off(ended):
                _, words = _words({"error": choice.get("error")}, b"")
                why = f"({ended.lower() or 'error'}): {self._masked(words)}"
                raise LostError(f"broken_off: the server ended it {why}")
            message = {"content": choice["text"]} if "text" in choice else choice["message"]
            content = message.get("content") if ended else message["content"]
            text, reasoning = map(self._masked, message_parts(message, content))
        except (AttributeError, KeyError, IndexError, TypeError) as exc:
            raise LostError(f"malformed: no choices[0].message.content ({exc!r})") from exc
        usage = reported_usage(request, f"{reasoning}{text}", data.get("usage"))
        limit = request.sampling.limit if self._sends_limit and not usage.estimated else None
        reason = finish_reason(ended, usage.output_tokens, limit)
        if not text.strip() and not reasoning.strip():
            reasoning = unseen_reasoning(data.get("usage"))
        if not text.strip() and reason == "stop":
            reason = "filtered" if message.get("refusal") else "empty"
        return Completion(
            request,
            text,
            reason,
            usage,
            error=squeeze(self._masked(ended)) if reason == "unknown" else None,
            reasoning=reasoning,
            stated_usd=stated_cost(data.get("usage")),
        )

    def _masked(self, text: str) -> str:
        """A text without the key, which JSON may have spelled with escapes."""
        return text.replace(self._secret, "***") if self._secret else text

    def _refusal(
        self,
        request: Request,
        sent: Mapping[str, Any],
        status: int,
        headers: Mapping[str, str],
        data: Any,
        body: bytes,
    ) -> Completion:
        """A filtered prompt is an answer without a text; everything else raises."""
        code, words = _words(data, body)
        words = self._masked(words)
        if code == "content_filter":
            return Completion(request, "", "filtered", Usage(requests=1))
        whole = body[:_READ_OF_REFUSAL].decode(errors="replace")
        if self._refused.learn(status, data, whole, sent):
            raise FieldRefused(f"rejected: {self._where} says {status}: {words}")
        if status in _NOT_UNDERSTOOD and sent.get("tools") and "tool" in words.lower():
            raise TerminalError(f"{self._where} takes no tools; it says {status}: {words}")
        raise self._error(status, headers, code, words + cure(status, data, whole, sent))

    def _error(self, status: int, headers: Mapping[str, str], code: str, words: str) -> ModelError:
        said = f"{status}: {words}"
        wait = retry_after_seconds(headers)
        if _lacks_credit(status, code, words, wait):
            return TerminalError(f"{self._where} has no credit; it says {said}")
        key_refused = status in (400, 403) and _BAD_KEY.search(f"{code} {words}".lower())
        if key_refused or status in (401, 404, 405) or 300 <= status < 400:
            return TerminalError(f"{self._where} refuses every request; it says {said}")
        if status in _MAYBE_CHARGED:
            return LostError(f"timeout: {said}", overloaded=True)
        if status in _OVERLOADED:
            kind = "rate_limited" if status == 429 else "overloaded"
            return RetryableError(f"{kind}: {said}", wait, overloaded=True)
        if status >= 500 or status in (409, 425):
            return RetryableError(f"server_error: {said}", wait)
        too_long = status == 413 or _TOO_LONG.search(f"{code} {words}".lower()) is not None
        return RejectedError(f"rejected: {self._where} says {said}", too_long=too_long)


def squeeze(text: str) -> str:
    """One printable line of at most 300 characters, for what a server said."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())
    return line[:300] or "(nothing)"


def _lacks_credit(status: int, code: str, words: str, wait: float | None) -> bool:
    """Whether a refusal is for want of money; a rate limit may well advise to pay for a higher."""
    if status == 402 or "insufficient_quota" in code:
        return True
    if status == 429 and (wait is not None or "rate_limit" in code):
        return False
    marks = (*_NO_CREDIT, *_PAY_FIRST) if status == 403 else _NO_CREDIT
    return status in (400, 403, 429) and any(mark in f"{code} {words}".lower() for mark in marks)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The wait a server asks for: `Retry-After` in seconds or as a date, or `retry-after-ms`."""
    text = headers.get("Retry-After", "").strip()
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        return max(0.0, float(text)) if text else None
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time())
    except (TypeError, ValueError):
        return None


def _status_in(error: Any) -> int:
    """The status that an error inside a 200 speaks of; 500 where it names none."""
    code = str(error.get("code")) if isinstance(error, dict) else ""
    return int(code) if re.fullmatch("[45][0-9][0-9]", code) else 500


def _words(data: Any, body: bytes) -> tuple[str, str]:
    """The server's error code and its own words, however it wrapped them."""
    data = data[0] if isinstance(data, list) and data else data
    found = data.get("error", data) if isinstance(data, dict) else None
    if isinstance(found, dict):
        code = f"{found.get('code') or ''} {found.get('type') or ''}".strip()
        text = found.get("message") or found.get("detail") or body.decode(errors="replace")
        return (str(found.get("code") or code), squeeze(str(text)))
    return "", squeeze(str(found) if found else body.decode(errors="replace"))
