"""The answer that a reply gives, as a vote takes it: after `Answer:`, its last number, its text."""

from collections.abc import Hashable

import regex

from tutelage.evaluation.cases import Case
from tutelage.verifiers.emphasis import without_emphasis
from tutelage.verifiers.numeric import Numeric, last_number
from tutelage.verifiers.overlap import normalised
from tutelage.verifiers.right_answer import RightAnswer, final_answer
from tutelage.verifiers.stated_number import one_number
from tutelage.verifiers.text_pattern import Exact


def extracted(case: Case, text: str) -> Hashable | None:
    """What a reply says, in a form that equal answers share; None where it says nothing.

    What it marks as its final answer (`Answer:`, a box), else all of it. Where the question asks
    for a number: the one that a marked answer gives, or the last of an unmarked reply. Else, and of
    a marked answer without one number, the normalised text.
    """
    stated = final_answer(text)
    if asks_number(case):
        if not stated:
            return last_number(text)
        number = one_number(stated)
        return (number.value, number.percent) if number else normalised(without_emphasis(stated))
    return normalised(without_emphasis(stated or text)) or None


def asks_number(case: Case) -> bool:
    """Whether a question's right answer is a number, whichever it is."""
    if case.metric == "numeric" or any(isinstance(one, Numeric) for one in case.verifiers):
        return True
    wanted = [one.text for one in case.verifiers if isinstance(one, RightAnswer)]
    known = [*case.accept, *wanted]
    return bool(known) and all(map(_is_number, known))


def can_vote(case: Case) -> bool:
    """Whether equal answers can be recognised: a question with one short answer, no free text."""
    if case.accept:
        return case.metric != "token_f1"
    return any(isinstance(one, Numeric | Exact | RightAnswer) for one in case.verifiers)


def _is_number(text: str) -> bool:
    """Whether a text is a number and hardly anything else: `42`, `$3.50`, `12 %`."""
    return last_number(text) is not None and not regex.search(r"\p{L}", text)
