"""The wording that all questions of a task begin with: `Sort this ticket into JSON: ...`.

Two questions are alike, or leaked, by what they ask and not by their task's fixed opening; whatever
compares questions leaves the opening out.
"""

from collections import Counter
from collections.abc import Iterable

SHARE = 0.5
"""The share of a task's questions that begin with it, at least; never fewer than three."""
_CLOSING = (":", ".", "?", "!")


def opening(questions: Iterable[str]) -> str:
    """The longest run of first words, closed by `:`, `.`, `?` or `!`, that half of them share.

    Without a closing sign it would be a mere phrase: `What is the price of` is part of the matter.
    """
    left = [question.split() for question in questions]
    fewest = max(3, SHARE * len(left))
    shared: list[str] = []
    while True:
        # The last word of a question is never part of an opening: something must follow it.
        nexts = Counter(parts[len(shared)] for parts in left if len(parts) > len(shared) + 1)
        word, count = max(nexts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        if count < fewest:
            break
        left = [p for p in left if len(p) > len(shared) + 1 and p[len(shared)] == word]
        shared.append(word)
    while shared and not shared[-1].endswith(_CLOSING):
        shared.pop()
    return " ".join(shared)


def without(opening: str, question: str) -> str:
    """The question after its opening; the whole one where it begins otherwise."""
    parts, first = question.split(), opening.split()
    return " ".join(parts[len(first) :] if parts[: len(first)] == first else parts)
