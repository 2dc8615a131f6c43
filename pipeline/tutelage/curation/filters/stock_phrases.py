"""Drops the stock phrases of chat models: refusals, and phrases that belong to no answer."""

from typing import ClassVar

import regex

from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.language.language_guess import language_of
from tutelage.curation.filters.habits_by_language import LEFTOVERS, REFUSALS
from tutelage.curation.filters.row_filter import RowFilter, Scope

_CANNOT = r"(?:can't|cannot|can not|could not|couldn't|won't|(?:am|'m) (?:unable|not able) to)"
_DO_IT = (
    r"(?:help|assist|answer|provide|comply|fulfil|fulfill|do (?:that|this|so)|generate|create|write"
    r"|complete|discuss|engage|continue|respond|determine|find (?:any|the))"
)
_REFUSALS = {
    "declines": rf"\bI(?: {_CANNOT}|'m (?:unable|not able) to) {_DO_IT}\b",
    "apologises instead": r"\A\W*(?:I'm|I am) sorry,? (?:but )?(?:as an|I don't (?:know|have))",
    "speaks of itself as an AI": (
        r"\b(?:as|I'm|I am) (?:just |only )?an? "
        r"(?:AI|artificial intelligence|large language model|language model)\b"
    ),
    "claims to lack access": (
        r"\bI don't have (?:access|personal|real-time|the ability|(?:enough|any) information)\b"
    ),
    "says that the text does not tell": (
        r"\b(?:(?:text|passage|context|article|excerpt|paragraph)s?"
        r"|(?:this|above|given|provided) (?:document|message|question)s?) "
        r"(?:does not|doesn't|did not|didn't) "
        r"(?:say|mention|provide|specify|state|contain|tell|include|give|indicate)\b"
        r"|\b(?:is|are|was|were) not (?:mentioned|provided|specified|stated|given) in the\b"
        r"|\bcannot be determined\b|\bno (?:such )?information (?:is|about|on|in)\b"
    ),
    "is no answer": (r"\A\W*(?:unknown|n/a|not (?:known|given|stated|specified|mentioned))\W*\Z"),
}
_CHAT_MARKER = (
    r"<\|[a-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<think>|</think>"
    r"|</?s>"
)
_LEFTOVERS = {
    "a chat marker": _CHAT_MARKER,
    "a heading of the prompt": (
        r"(?-i:\A\W*(?:Answer|Response|Assistant) *:|(?:\n|[.?!] )[ \t]*(?:\#{2,} *)?"
        r"(?:Question|Answer|Instruction|Response|Input|Output|Text|Passage|Context|Fact|User"
        r"|Assistant|Human|System) *\d{0,3} *:|\#{2,} *(?:Instruction|Response|Input)s? *:)"
    ),
    "a blank to fill in": (
        r"\[(?:your|insert|name|company|customer|date|product)\b[^\]\n]{0,40}\]"
        r"|\{\{ *(?:your|insert|name|company|customer|date|product)\b[^}._\n]{0,40}\}\}"
        r"|_{4,}"
    ),
    "an announcement": (
        r"\A\W*(?:sure|certainly|of course|absolutely|great question)\b[^.:\n]{0,20}[!,.:] *"
        r"(?:here|I(?:'d| would| can|'ll)|let|the|this)\b"
        r"|\A\W*(?:here is|here's|here are|below is) (?:a|an|the|my|your|some|one)\b[^.\n]{0,80}:"
        r"(?=\s*(?:\Z|\n|[\"'`\u201c{\[(*-]|\d+[.)]))"
    ),
    "an offer of more help": (
        r"\bI hope (?:this|that) helps|\bis there anything else I can\b"
        r"|\blet me know if you(?:'d like| would like| need) (?:me|any|more)\b"
    ),
}
_CODE = regex.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", regex.DOTALL)
_STRUCK = regex.compile(r"<s>[^<]*</s>")
_LETTER = regex.compile(r"\p{L}")
_HEADING = regex.compile(r"(?m)^[ \t]*(?:Question|Answer|User|Assistant|Human|System) *\d{0,3} *:")
_DIALOGUE = regex.compile(r"\A\s*(?:Question|User|Human|System) *\d{0,3} *:")
_QUESTION_LEFTOVERS = {
    "a chat marker": _CHAT_MARKER,
    "a heading of the prompt": r"(?-i:(?:[.?!] |\n)[ \t]*(?:Question|Answer) *\d{0,3} *:)",
}


class Refusal(RowFilter):
    """The answer declines, or says that it does not know.

    In English, and more simply in the other languages of `habits_by_language`; in others nothing is
    found, and a judge has to look.
    """

    each_answer: ClassVar[bool] = True

    def check(self, row: Row, scope: Scope) -> str | None:
        """Names the kind of refusal and quotes it."""
        answer = answer_of(row)
        return _first(_REFUSALS, answer, "refusal: the answer {}") or _first(
            REFUSALS.get(language_of(answer), {}), answer, "refusal: the answer {}"
        )


class Boilerplate(RowFilter):
    """Part of the prompt's template, or a stock phrase of an assistant, is left in the text.

    In English and in the other languages of `habits_by_language`; chat markers in any.
    """

    each_answer: ClassVar[bool] = True

    def check(self, row: Row, scope: Scope) -> str | None:
        """Names what is left over and quotes it."""
        for patterns, name in (
            (_LEFTOVERS, "answer"),
            (_QUESTION_LEFTOVERS, "question"),
        ):
            text = _prose(answer_of(row)) if name == "answer" else question_of(row)
            told = f"boilerplate: {{}} in the {name}"
            own = LEFTOVERS.get(language_of(text), {}) if name == "answer" else {}
            if found := _first(patterns, text, told) or _first(own, text, told):
                return found
        return None


def _prose(text: str) -> str:
    """What of a text may be left over: no code, and no heading of a form that the text is in."""
    if not _LETTER.search(text):
        return ""  # a line of signs, as was asked for
    text = _STRUCK.sub(" ", _CODE.sub(" ", text))
    if _DIALOGUE.match(text):
        text = _HEADING.sub(" ", text)  # an entry of questions and answers, as was asked for
    return text


def _first(patterns: dict[str, str], text: str, reason: str) -> str | None:
    straight = text.replace("\u2019", "'")
    for name, pattern in patterns.items():
        if found := regex.search(pattern, straight, regex.IGNORECASE):
            return f"{reason.format(name)}: '{found.group().strip()[:60]}'"
    return None
