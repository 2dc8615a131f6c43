"""Where an answer says its result: in a box, after a mark (`Answer:`), or in its last line."""

import regex

from tutelage.models.reasoning import split_reasoning

_BOX = regex.compile(r"\\(?:boxed|fbox)\s*\{")
_MARK = regex.compile(
    r"(?:^|(?<=\n))[ \t]*####[ \t]*"
    r"|\b(?:final\s+)?answer(?:\s+is)?(?:\*\*)?[ \t]*[:=][ \t]*(?:\*\*)?"
    r"|\b(?:the\s+(?:final\s+)?answer)\s+is(?:\*\*)?[ \t]+",
    regex.IGNORECASE,
)
_EMPHASIS = "*_` \t"


def final_answer(text: str) -> str:
    """What a text gives as its result; its last line where no box and no mark says which.

    Of several boxes or marks the last counts: what is said last is the answer. Reasoning between
    marks (`<think>`) is no part of it.
    """
    said = split_reasoning(text)[1].strip()
    box, mark = _last_box(said), _last(_MARK, said)
    if box and (mark is None or box[1] > mark.end()):
        return said[slice(*box)].strip()
    lines = [line for line in after_mark(said).splitlines() if any(map(str.isalnum, line))]
    if not lines:
        return after_mark(said)
    return (lines[0] if mark else lines[-1]).strip(_EMPHASIS)


def after_mark(text: str) -> str:
    """All that follows the last mark of a result; the whole answer where there is none."""
    said = split_reasoning(text)[1].strip()
    mark = _last(_MARK, said)
    return said[mark.end() :].strip() if mark else said


def marks_result(text: str) -> bool:
    """Whether a text says which part is its result: a box, `####`, `Answer:`."""
    return bool(_BOX.search(text) or _MARK.search(text))


def _last_box(text: str) -> tuple[int, int] | None:
    """Where the content of the last closed box begins and ends, in one pass over the braces."""
    begins = {found.end() - 1 for found in _BOX.finditer(text)}
    open_braces, last = list[int](), None
    for brace in regex.finditer(r"[{}]", text) if begins else ():
        if brace.group() == "{":
            open_braces.append(brace.start())
        elif open_braces and (start := open_braces.pop()) in begins:
            last = start + 1, brace.start()
    return last


def _last(pattern: "regex.Pattern[str]", text: str) -> "regex.Match[str] | None":
    return next(reversed(list(pattern.finditer(text))), None)
