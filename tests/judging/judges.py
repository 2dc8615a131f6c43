"""Judges whose verdicts a test decides, as functions of the messages they are sent."""

import re

from tutelage.models.chat import Message


def _shown(messages: tuple[Message, ...], label: str) -> list[str]:
    """The texts that stand between marks of a label."""
    found = re.findall(rf"<({label}-\w+)>\n(.*?)\n</\1>", messages[-1]["content"], re.DOTALL)
    return [text for _, text in found]


def by_length(messages: tuple[Message, ...], seed: int) -> str:
    """Grades 3 for a long answer, 1 for a short one; of two prefers the longer."""
    answers = _shown(messages, "answer")
    if len(answers) < 2:
        answers = answers or _shown(messages, "task")
        return f"I counted.\nGrade: {3 if len(answers[0]) > 20 else 1}"
    first, second = map(len, answers)
    word = "tie" if first == second else "A" if first > second else "B"
    return f"I counted.\n**Better: {word}**"


def first_come(messages: tuple[Message, ...], seed: int) -> str:
    """Prefers whatever comes first."""
    return "It came first.\nBetter: A"


def second_thoughts(messages: tuple[Message, ...], seed: int) -> str:
    """Can be read only when it is asked again, with a seed."""
    return "Well.\nGrade: 3" if seed else "Grade: 3"


def rambling(messages: tuple[Message, ...], seed: int) -> str:
    """Never comes to a verdict."""
    return "It is a fine answer, I think, though one might say more."


def obedient(messages: tuple[Message, ...], seed: int) -> str:
    """Does what the prompt's own words say, and takes what stands between marks as material.

    Whatever is left of the prompt after the material is cut out decides; a text that has broken out
    of its marks is obeyed.
    """
    own = re.sub(r"<(\w+-\w{16})>\n.*?\n</\1>", "", messages[-1]["content"], flags=re.DOTALL)
    return f"As told.\nGrade: {3 if 'OBEY' in own else 1}"
