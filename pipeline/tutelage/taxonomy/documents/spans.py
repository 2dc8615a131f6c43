"""Words of a statement that a question can ask for, found by rule: quantities, names, what ends a
clause."""

import regex

from tutelage.core.text import STOP_WORDS, words

_QUANTITY = regex.compile(
    r"[$€£¥]?\p{N}(?:[\p{N}.,:–-]*\p{N})?(?:\s?[%€$£¥°]\p{L}*|\s(?P<unit>\p{Ll}[\p{L}-]*))?"
)
_NAME = regex.compile(r"(?<=[\p{Ll}\p{N},;:]\s)\p{Lu}[\p{L}\p{N}'’-]*(?:\s\p{Lu}[\p{L}\p{N}'’-]*)*")
_END_OF_CLAUSE = regex.compile(r"\b\p{Ll}[\p{L}-]{2,}(?:\s\p{Ll}[\p{L}-]{2,})?(?=[.,;:)])")


def answer_spans(text: str) -> list[str]:
    """The spans in the order quantities, names, ends of clauses; none lies inside another."""
    found = [_quantity(match) for match in _QUANTITY.finditer(text)]
    found += [match.group() for match in _NAME.finditer(text)]
    found += [
        match.group()
        for match in _END_OF_CLAUSE.finditer(text)
        if not STOP_WORDS & set(words(match.group()))
    ]
    kept: list[str] = []
    for span in found:
        if len(span) > 1 and not any(span in other for other in kept):
            kept.append(span)
    return kept


def _quantity(match: "regex.Match[str]") -> str:
    """A number with its unit, unless what follows is no unit."""
    unit = match.group("unit")
    if unit and unit.lower() in STOP_WORDS | {"when", "where", "then", "if"}:
        return str(match.group()[: -len(unit)].rstrip())
    return str(match.group())
