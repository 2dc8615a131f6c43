"""A reply's steps and its answer apart, and what its thoughts are like."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from tutelage.core.text import plain
from tutelage.verifiers.emphasis import TAG
from tutelage.verifiers.right_answer import final_answer

STEPWISE = (
    "Work it out step by step, one short step on a line of its own. Then write the result on a "
    "last line that begins with `Answer:`."
)
"""What a model that has no thoughts of its own is asked for, below the question."""
_ANSWER_LINE = regex.compile(
    rf"(?:^|\n)(?:[ \t*_#]|{TAG})*(?:the )?(?:final )?answer\b", regex.IGNORECASE
)
_SWITCHES = regex.compile(
    r"(?:^|[.!?\n]\s*)(?:wait\b|alternatively\b|hmm\b|actually\b|on second thought\b|no, "
    r"|let me (?:try|check|think|re))",
    regex.IGNORECASE,
)
"""How English thoughts turn to another approach (Wang et al. 2025, arXiv:2501.18585)."""


@dataclass(frozen=True, slots=True)
class Worked:
    """Steps and result of one reply."""

    steps: str
    answer: str


def split_worked(text: str) -> Worked | None:
    """The steps before the last marked answer, and that answer; None where either is missing."""
    found = list(_ANSWER_LINE.finditer(text))
    answer = final_answer(text)
    if not answer:
        return None
    steps = text[: found[-1].start()] if found else text
    return Worked(steps.strip(), answer) if steps.strip() else None


def switches(thoughts: str) -> int:
    """How often thoughts turn to another approach; counted in English alone."""
    return len(_SWITCHES.findall(thoughts))


def mixes_languages(thoughts: str, question: str) -> bool:
    """Whether a tenth of the letters are of scripts that the question has not."""
    known, found = set(_scripts(question)), _scripts(thoughts)
    foreign = sum(script not in known for script in found)
    return bool(known and found) and foreign > 0.1 * len(found)


def passes_by(thoughts: str, answers: Sequence[str]) -> bool:
    """Whether a line of the thoughts ends with one of the right answers."""
    wanted = {plain(answer).strip(" .") for answer in answers if answer.strip()}
    ends = (regex.split(r"[=:\s]+", line.strip(" ."))[-1] for line in thoughts.splitlines())
    return any(plain(end) in wanted for end in ends if end)


def _scripts(text: str) -> list[str]:
    """The script of each letter, as the first word of its Unicode name says it."""
    return [unicodedata.name(sign, "?").split()[0] for sign in text if sign.isalpha()]
