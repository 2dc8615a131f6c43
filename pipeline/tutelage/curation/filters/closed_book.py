"""Whether a question can be understood without the document that answers it, and why not."""

import re

from tutelage.core.text import content_stems, words
from tutelage.curation.filters.row_filter import Scope
from tutelage.curation.filters.self_contained import SelfContained

_WORDS = "it its they them their he she him his her this these"
_PRONOUNS = frozenset(_WORDS.split())
_IT_IS_TO = re.compile(r"\bit\b.*\bto\b", re.IGNORECASE)
"""`How long does it take to ...`: the word stands for what follows."""
_TEXT = "text|passage|paragraph|sentence|section|chapter|table|figure|chart|diagram|list"
_IN_THE_TEXT = re.compile(
    r"\b(?:(?:mentioned|listed|described|shown|stated|given|named) (?:above|below|here|earlier)"
    r"|as (?:mentioned|described|stated|noted) (?:above|before|earlier|in)"
    r"|(?:which|what|who) of the following"
    rf"|(?:first|second|third|last|final|next|previous|opening|closing) ({_TEXT})"
    rf"|according to (?:the|this) (?:\w+ )?({_TEXT})"
    rf"|the ({_TEXT}) (?:above|below))\b",
    re.IGNORECASE,
)
_FEW = 2
"""Content words beside a pronoun that do not say what it stands for: `How much does it cost?`."""
_QUANTITIES = frozenset(content_stems("how much many long often far old big high"))


def points_at_text(question: str, documents: str) -> str | None:
    """Names the words that speak of `the text`, unless the documents are about one."""
    row = {"prompt": question}
    scope = Scope(0)
    reason = SelfContained().check(row, scope)
    if reason and (reason := SelfContained().check(row | {"headings": documents}, scope)):
        return reason.partition(": the question ")[2]
    there = set(words(documents))
    found = _IN_THE_TEXT.search(question)
    if found and not any(noun and noun.casefold() in there for noun in found.groups()):
        return f"speaks of '{found.group()}'"
    return None


def unnamed(question: str, subject: str) -> str | None:
    """Says that a question without any name lacks that of most seeds, or has a pronoun for it."""
    if has_name(question):
        return None
    if (
        subject
        and not subject.islower()
        and not set(content_stems(question)) & set(content_stems(subject))
    ):
        return f"does not name '{subject}', as most seed questions do"
    asked = words(question)
    pronoun = next((word for word in asked if word in _PRONOUNS), None)
    if pronoun is None or _IT_IS_TO.search(question):
        return None
    telling = set(content_stems(question)) - _QUANTITIES - _PRONOUNS
    return f"does not say what '{pronoun}' stands for" if len(telling) <= _FEW else None


def has_name(question: str) -> bool:
    """Whether a word after the first has a capital or a digit."""
    return any(not word.islower() and any(map(str.isalnum, word)) for word in question.split()[1:])
