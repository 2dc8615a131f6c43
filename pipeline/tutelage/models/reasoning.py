"""Separating reasoning from the answer, in one place for every engine and every way it is marked.

Servers put it in a field of its own, leave it in the text between marks (`<think>…</think>`), or
lose the opening mark because the chat template wrote it; models that run here do the last two. What
is no mark of a known model family stays text.
"""

from collections.abc import Sequence
from dataclasses import replace

import regex

from tutelage.models.chat import Completion

MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel>thought", "<channel|>"),
)
"""What stands before and after reasoning; the first pair is the most common."""
CHANNELS = ("<|channel|>", "<|start|>", "<|message|>", "<|end|>", "<|return|>", "<|call|>")
"""The marks of OpenAI's harmony format, which names a channel for each part of an answer; all but
the first are those of other formats too."""
_WRAPPED = (
    ("<answer>", "</answer>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<response>", "</response>"),
)
"""What some models put around an answer that comes after reasoning."""
_CLOSING = {before.casefold(): after for before, after in MARKS}
_OPEN = "|".join(regex.escape(before) for before, _ in MARKS)
_CLOSE = "|".join(regex.escape(after) for _, after in MARKS)
_ANY = regex.compile(rf"{_OPEN}|{_CLOSE}|<\|channel\|>|thought process:", regex.IGNORECASE)
_LEADING = regex.compile(
    rf"\s*(?:<\|?\w+\|?>(?:assistant)?\s*)??(?P<mark>{_OPEN})", regex.IGNORECASE
)
_OPENED = regex.compile(rf"(?:{_OPEN})\s*\Z", regex.IGNORECASE)
_ALONE = regex.compile(rf"(?:^[ \t]*(?:{_CLOSE})|(?:{_CLOSE})[ \t]*$)", regex.I | regex.M)
_LATER = regex.compile(r"^[ \t]*<think>(.*?)</think>[ \t]*\n?", regex.I | regex.M | regex.S)
_CODE = regex.compile(r"```.*?```|`[^`\n]*`", regex.DOTALL)
_CHANNEL = regex.compile(
    r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>(.*?)"
    r"(?=<\|end\|>|<\|return\|>|<\|call\|>|<\|start\|>|<\|channel\|>|\Z)",
    regex.DOTALL,
)
_LAST = regex.compile(
    r"(?:\s*(?:<\|(?:im_end|eot_id|eom_id|end|end_of_text|endoftext|end_of_turn)\|>|<end_of_turn>"
    r"|<｜end▁of▁sentence｜>))+\s*\Z"
)
_SPELLED_OUT = regex.compile(
    r"\s*here(?:'s| is) my thought process:(.*?)here(?:'s| is) my response:(.*)",
    regex.IGNORECASE | regex.DOTALL,
)


def tell_apart(completion: Completion) -> Completion:
    """An engine's answer with `reasoning` and `text` apart; without a text left it is `empty`.

    A token that ends a turn, which some servers leave at the end of a text, is left out.
    """
    if completion.finish_reason == "failed":
        return completion
    inside, text = split_reasoning(_LAST.sub("", completion.text))
    parts = [part.strip() for part in (completion.reasoning, inside) if part.strip()]
    reason = completion.finish_reason
    if reason == "stop" and not text.strip():
        reason = "empty"
    return replace(completion, text=text, reasoning="\n\n".join(parts), finish_reason=reason)


def split_reasoning(content: str) -> tuple[str, str]:
    """The reasoning in a text, without its marks, and the answer; a text without any stays as is.

    Reasoning whose end is missing, because it was cut, is all of the text from its mark on.
    """
    if not _ANY.search(content):
        return "", content
    if "<|channel|>" in content:
        return _by_channel(content)
    if spelled := _SPELLED_OUT.fullmatch(content):
        return spelled[1].strip(), spelled[2].strip()
    thoughts: list[str] = []
    rest = _without_leading(content, thoughts)
    rest = _after_lone_end(rest, thoughts)
    rest = _without_later(rest, thoughts)
    said = "\n\n".join(thought for part in thoughts if (thought := part.strip()))
    return (said, _unwrapped(rest)) if rest != content else ("", content)


def opened_in(prompt: str) -> str:
    """The mark that a prompt ends with where the chat template has opened a block of reasoning."""
    found = _OPENED.search(prompt)
    return found.group() if found else ""


def reasoned_before_cut(completions: Sequence[Completion]) -> list[Completion]:
    """Answers of one model, those cut without a mark taken as reasoning where all others reasoned.

    A server whose template opens the block shows its end only: what was cut before has no mark.
    """
    whole = [one for one in completions if one.finish_reason in ("stop", "empty")]
    if not whole or not all(one.reasoning for one in whole):
        return list(completions)
    return [
        replace(one, text="", reasoning=one.text)
        if one.finish_reason == "length" and not one.reasoning
        else one
        for one in completions
    ]


def _by_channel(content: str) -> tuple[str, str]:
    found = [(name, text.strip()) for name, text in _CHANNEL.findall(content)]
    answer = "\n\n".join(text for name, text in found if name == "final")
    return "\n\n".join(text for name, text in found if name != "final" and text), answer


def _without_leading(rest: str, thoughts: list[str]) -> str:
    """What follows the blocks of reasoning that a text begins with."""
    while found := _LEADING.match(rest):
        end = _CLOSING[found["mark"].casefold()]
        at = rest.casefold().find(end.casefold(), found.end())
        thoughts.append(rest[found.end() :] if at < 0 else rest[found.end() : at])
        rest = "" if at < 0 else rest[at + len(end) :].lstrip()
    return rest


def _after_lone_end(rest: str, thoughts: list[str]) -> str:
    """What follows the last end of reasoning whose beginning is not in the text."""
    shown = _CODE.sub(lambda code: "\0" * len(code.group()), rest)
    begun = regex.search(_OPEN, shown, regex.IGNORECASE)
    ends = [one for one in _ALONE.finditer(shown) if begun is None or one.end() <= begun.start()]
    if not ends:
        return rest
    last = regex.search(_CLOSE, rest[ends[-1].start() :], regex.IGNORECASE)
    assert last is not None  # it was found in the same place
    thoughts.append(rest[: ends[-1].start() + last.start()])
    return rest[ends[-1].start() + last.end() :].lstrip()


def _without_later(rest: str, thoughts: list[str]) -> str:
    """A text without whole blocks of reasoning on lines of their own, code aside."""
    inside_code = [code.span() for code in _CODE.finditer(rest)]
    kept, last = [], 0
    for block in _LATER.finditer(rest):
        if not any(start <= block.start() < end for start, end in inside_code):
            thoughts.append(block[1])
            kept.append(rest[last : block.start()])
            last = block.end()
    return "".join([*kept, rest[last:]])


def _unwrapped(answer: str) -> str:
    """An answer without the marks that some models put around it after reasoning."""
    text = answer.strip()
    for before, after in _WRAPPED:
        if text.startswith(before) and text.count(before) == 1:
            return text.removeprefix(before).removesuffix(after).strip()
    return answer
