"""How a server says that an answer ended: its words in our few terms; a new word is unknown."""

import re

from tutelage.models.chat import FinishReason

_ENDED = frozenset(
    [
        "stop",
        "stopped",
        "stop_sequence",
        "stop_word",
        "stop_token",
        "eos",
        "eos_token",
        "end",
        "end_turn",
        "end_of_turn",
        "end_of_text",
        "end_of_sequence",
        "complete",
        "completed",
        "finish",
        "finished",
        "done",
        "tool_call",
        "tool_calls",
        "tool_use",
        "function_call",
    ]
)
_CUT = re.compile(
    r"(?:max|maximum)(?:_\w+)?_(?:tokens?|length)|(?:model_)?length|(?:\w+_)?truncat\w*|incomplete"
    r"|(?:(?:token|output|input|length|error)s?_)?limit(?:_reached)?"
    r"|(?:\w+_)?context_(?:length|window|limit|size)\w*"
)
_WITHHELD = re.compile(
    r"filter|safety|recitation|prohibited|block|spii|sensitive|refus|guardrail|moderat|policy|toxic"
)
_BROKEN_OFF = re.compile(
    r"error|abort(?:ed)?|(?:user_)?cancel(?:l?ed)?|(?:\w+_)?time_?d?_?out|network_error"
    r"|insufficient_system_resource|internal\w*error|server_error|rate_limit\w*"
)
"""Reasons that end an answer for no fault of its text."""
_PREFIX = re.compile(r"^finish_?reason[._]")


def is_broken_off(said: str) -> bool:
    """Whether a server's word says that it failed in the middle of an answer."""
    return bool(_BROKEN_OFF.fullmatch(_plain(said)))


def finish_reason(said: str, output_tokens: int, limit: int | None) -> FinishReason:
    """What a server's `finish_reason` says; one that says nothing goes by the tokens used.

    `limit` is the number of tokens that were allowed, None where no request said it.
    """
    word = _plain(said)
    if not word:
        return "length" if limit is not None and output_tokens >= limit else "stop"
    if word in _ENDED:
        return "stop"
    if _CUT.fullmatch(word):
        return "length"
    return "filtered" if _WITHHELD.search(word) else "unknown"


def _plain(said: str) -> str:
    """In lower case, without an enum's name before it and details after a colon."""
    word = said.strip().lower().replace("-", "_").replace(" ", "_")
    return _PREFIX.sub("", word).partition(":")[0].strip("_")
