"""Fields of a request that a server refuses: read off its refusal once, and done without after.

`max_tokens` is sent as `max_completion_tokens`, system turns stand before the user's words, other
fields are left out. A recipe may say so ahead (`refuses:` of a model).
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from tutelage.models.system_turn import fold_system

Refusable = Literal["max_tokens", "temperature", "top_p", "seed", "system"]
DROPPED: tuple[Refusable, ...] = ("temperature", "top_p", "seed")
_STATUSES = (400, 422, 500, 501)
"""Of refusals for a field; a template that raises an error is a 500 with some servers."""
_REFUSING = re.compile(
    r"unsupported|not supported|(?:n't|not) support|unknown|unrecogni[sz]ed|unexpected"
    r"|extra_forbidden|extra (?:inputs?|fields?|parameters?)"
    r"|not (?:permitted|allowed|accepted|available|valid|enabled)"
    r"|invalid (?:field|parameter|argument|property|request argument)|cannot find field|deprecated"
    r"|only the default|both be|only one of|cannot be (?:used|set|specified)|no longer"
)
_OTHERS = re.compile(
    r"expected one of|(?:supported|allowed|valid|permitted) (?:parameters|fields|values|arguments)"
    r"|instead|did you mean"
)
"""What follows names fields that are not refused."""
_SYSTEM = re.compile(
    r"system[ _-]?(?:role|message|prompt|turn|instruction)|developer instruction|role\W{0,4}system"
    r"|roles? must alternate|only (?:supports? )?(?:the )?user and assistant"
    r"|messages\W{0,2}0\W{1,2}role|'system'|\"system\""
)
_ALTERNATE = re.compile(r"roles? must alternate|only (?:supports? )?(?:the )?user and assistant")
_CURES = {
    "response_format": "it takes no JSON schema: leave out the stage's `json_schema`",
    "chat_template_kwargs": "it renders no chat template of yours: leave out `template` of the "
    "model, and set what the server takes under `extra`",
    "stop": "it takes no `stop`",
}


class RefusedFields:
    """What one model's server refuses, as stated or learnt; `learn` tells the user of it."""

    def __init__(self, model: str, stated: Collection[Refusable]) -> None:
        self._model = model
        self._names: set[str] = set(stated)

    def done_without(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a request as the server takes them."""
        kept = {name: value for name, value in fields.items() if name not in self._names}
        if "max_tokens" in self._names and "max_tokens" in fields:
            kept.setdefault("max_completion_tokens", fields["max_tokens"])
        if "system" in self._names:
            kept["messages"] = fold_system(fields["messages"])
        return kept

    def learn(self, status: int, data: Any, words: str, sent: Mapping[str, Any]) -> bool:
        """Whether a refusal of what was `sent` is for a field that can be done without from now on.

        False where it says something else: then sending it again would change nothing.
        """
        name = refused_field(status, data, words, sent)
        if name is None or name in _CURES:
            return False
        if name not in self._names:
            self._names.add(name)
            logging.getLogger(__name__).warning(
                "model '%s': its server refuses %s; from now on %s. `models.%s.refuses: [%s]` in "
                "the recipe says so ahead",
                *(self._model, _in_words(name), _done(name), self._model, name),
            )
        return True


def refused_field(status: int, data: Any, words: str, sent: Mapping[str, Any]) -> str | None:
    """The field of ours that a refusal names (`system` for a turn); None where it names none."""
    if status not in _STATUSES:
        return None
    text = words.lower()
    refusing = _REFUSING.search(text)
    if _has_system(sent) and _SYSTEM.search(text) and (refusing or _ALTERNATE.search(text)):
        return "system"
    if not refusing:
        return None
    names = [*(name for name in (*_refusable(), *_CURES) if name in sent)]
    pointed = next((name for name in _pointed_at(data) if name in names), None)
    before = _OTHERS.split(text)[0]
    found = sorted((at, name) for name in names if (at := _place(name, before)) >= 0)
    if {"temperature", "top_p"} <= {name for _, name in found} and "both" in text:
        return "top_p"
    return pointed or (found[0][1] if found else None)


def cure(status: int, data: Any, words: str, sent: Mapping[str, Any]) -> str:
    """What to do about a refusal for a field that must not be left out in silence."""
    name = refused_field(status, data, words, sent)
    return f" ({_CURES[name]})" if name in _CURES else ""


def _refusable() -> tuple[str, ...]:
    return ("max_tokens", *DROPPED)


def _has_system(sent: Mapping[str, Any]) -> bool:
    return any(turn["role"] == "system" for turn in sent.get("messages", ()))


def _place(name: str, text: str) -> int:
    found = re.search(rf"(?<![a-z_]){name}(?![a-z_])", text)
    return found.start() if found else -1


def _pointed_at(data: Any) -> Iterator[str]:
    """Names that an error's `param` and `loc` fields hold, however deep."""
    if isinstance(data, list):
        for part in data:
            yield from _pointed_at(part)
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "param" and isinstance(value, str):
                yield value
            elif key == "loc" and isinstance(value, list):
                yield from (str(part) for part in reversed(value))
            else:
                yield from _pointed_at(value)


def _in_words(name: str) -> str:
    return "system turns" if name == "system" else f"`{name}`"


def _done(name: str) -> str:
    if name == "system":
        return "what they say stands at the beginning of the user's turn"
    return "`max_completion_tokens` is sent" if name == "max_tokens" else "it is left out"
