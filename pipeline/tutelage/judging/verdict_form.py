"""Reading a judge's verdict off its reply: every form that can mean one thing only, no other.

The verdict is the last line: the label and a word (`Grade: 3`), whatever stands around them, or a
JSON object with both. What could mean two things is not read, and the reason is reported.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import regex

_ALSO = {
    "grade": ("grade", "score", "rating"),
    "better": ("better", "winner", "preferred", "verdict"),
}
"""Names that a label goes by in replies."""
_FENCE = regex.compile(r"\s*(?:```|~~~)[\w-]*\s*")
_BOXED = regex.compile(r"\\boxed\{\s*(?:\\text\{)?([^{}]*)\}{1,2}")
_DRESS = r"[\s*_`'\"“”(\[{<$]*"
_UNDRESS = r"[\s*_`'\"“”)\]}>$]*"
_COLON = r"\s*[*_`\"']*\s*(?:[:：=]|\bis\b|[-–—]>?)\s*"
_OPENER = r"(?:(?:my|the|final|overall|so|answer|therefore|thus)[\s,]+){0,3}"
_NUMBER = regex.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class FoundVerdict:
    """The verdict's word, or why there is none."""

    word: str | None
    problem: str = ""


def read_verdict(
    text: str, label: str, words: tuple[str, ...], *, explained: bool = False
) -> FoundVerdict:
    """The one of `words` that a reply ends with; `explained` where a rationale came before it."""
    lines = [line for line in _plain(text).splitlines() if _said(line)]
    if not lines:
        return FoundVerdict(None, "nothing was said")
    if (ended := _json_at_end(lines)) is not None:
        before, data = ended
        return _from_json(data, label, words, explained=explained or bool(before.strip()))
    if len(lines) < 2 and not explained:
        return FoundVerdict(None, "no rationale before the verdict")
    last = _line(lines[-1], label, words) or _bare(lines[-1], words)
    if last is None:
        return FoundVerdict(None, f"the last line is no `{label}: ...`")
    if last.word is None:
        return last
    others = [found for line in lines[:-1] if (found := _line(line, label, words))]
    if any(found.word not in (None, last.word) for found in others):
        return FoundVerdict(None, f"more than one `{label}:` line")
    return last


def _plain(text: str) -> str:
    """A reply without code fences, and with what LaTeX boxes as it stands inside."""
    kept = [line for line in text.splitlines() if not _FENCE.fullmatch(line)]
    return _BOXED.sub(r"\1", "\n".join(kept))


def _said(line: str) -> bool:
    """Whether a line holds a word or a number, or a brace of a JSON object."""
    return bool(regex.search(r"[\w{}]", line))


def _line(line: str, label: str, words: tuple[str, ...]) -> FoundVerdict | None:
    """What a line says that begins with the label; None where it does not."""
    names = "|".join(_ALSO.get(label.casefold(), (label.casefold(),)))
    found = regex.match(
        rf"[\W_]*{_OPENER}(?:{names}){_COLON}(.*)", line, regex.IGNORECASE | regex.DOTALL
    )
    return _value(found[1], words) if found else None


def _bare(line: str, words: tuple[str, ...]) -> FoundVerdict | None:
    """A last line that is nothing but a verdict's word: `[3]`, `3/3`, `**B**`."""
    found = _value(line, words, alone=True)
    return found if found.word is not None else None


def _value(text: str, words: tuple[str, ...], *, alone: bool = False) -> FoundVerdict:
    """What is written after the label: one word, its place on the scale, and perhaps its meaning.

    `alone` where nothing may follow it.
    """
    numbers = all(word.lstrip("-").isdigit() for word in words)
    found = _number(text, words) if numbers else _letter(text, words)
    if found is None:
        return FoundVerdict(None, f"'{text.strip()[:40]}' is none of {', '.join(words)}")
    word, rest = found
    if word not in words:
        return FoundVerdict(None, f"{word} is none of {', '.join(words)}")
    if regex.fullmatch(r"[\W_]*", rest):
        return FoundVerdict(word)
    others = [other for other in words if other != word]
    if alone or _names_one(rest, others, numbers=numbers):
        return FoundVerdict(None, f"'{text.strip()[:40]}' may mean more than one")
    return FoundVerdict(word)


def _number(text: str, words: tuple[str, ...]) -> tuple[str, str] | None:
    """A grade, and what follows it; of `3/3` or `3 out of 3` what follows the scale's end."""
    found = regex.match(rf"{_DRESS}(-?\d+)(?:[.,](\d+))?(?![\w.,]*\d)", text)
    if found is None:
        return None
    if found[2] and found[2].strip("0"):
        return f"{found[1]}.{found[2]}", ""
    rest = text[found.end() :]
    best = max(words, key=int)
    of = regex.match(
        rf"{_UNDRESS}(?:/|／|out of|of|von|sur)\s*{_DRESS}(\d+)(?:[.,]0+)?(?!\d)", rest
    )
    if of is not None:
        if int(of[1]) != int(best):
            return f"{int(found[1])} of {of[1]}", ""
        rest = rest[of.end() :]
    return str(int(found[1])), rest


def _letter(text: str, words: tuple[str, ...]) -> tuple[str, str] | None:
    known = "|".join(map(regex.escape, words))
    form = rf"{_DRESS}(?:(?:answer|response|option)\s+)?{_DRESS}({known})(?![\w'’])"
    found = regex.match(form, text, regex.IGNORECASE)
    if found is None:
        return None
    said = found[1].casefold()
    return next(word for word in words if word.casefold() == said), text[found.end() :]


def _names_one(rest: str, others: list[str], *, numbers: bool) -> bool:
    """Whether what follows a verdict names another word of the scale, which might be meant."""
    if numbers:
        return any(found.group() in others for found in _NUMBER.finditer(rest))
    known = "|".join(map(regex.escape, others))
    return bool(regex.search(rf"(?<![\w'’])(?:{known})(?![\w'’])", rest, regex.IGNORECASE))


def _json_at_end(lines: list[str]) -> tuple[str, Mapping[str, Any]] | None:
    """The words before the JSON object that a reply ends with, and the object."""
    if not lines[-1].rstrip().endswith("}"):
        return None
    for start in range(len(lines) - 1, -1, -1):
        at = lines[start].find("{")
        if at < 0:
            continue
        try:
            data = json.loads("\n".join([lines[start][at:], *lines[start + 1 :]]))
        except (ValueError, RecursionError):
            continue
        before = "\n".join([*lines[:start], lines[start][:at]])
        whole = before.count("{") == before.count("}")  # else it is a part of another object
        return (before, data) if isinstance(data, dict) and whole else None
    return None


def _from_json(
    data: Mapping[str, Any], label: str, words: tuple[str, ...], *, explained: bool
) -> FoundVerdict:
    names = _ALSO.get(label.casefold(), (label.casefold(),))
    given = {str(key).strip().casefold(): value for key, value in data.items()}
    stated = [given[name] for name in names if name in given]
    if len({str(value) for value in stated}) != 1 or isinstance(stated[0], bool | dict | list):
        return FoundVerdict(None, f"its JSON has no single `{label.casefold()}`")
    reasons = [key for key, value in given.items() if key not in names and isinstance(value, str)]
    if not (reasons or explained):
        return FoundVerdict(None, "no rationale before the verdict")
    return _value(str(stated[0]), words, alone=True)
