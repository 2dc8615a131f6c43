"""The wording that all questions of a task begin with: `Sort this ticket into JSON: ...`.

Two questions are alike, or leaked, by what they ask and not by their task's fixed opening; whatever
compares questions leaves the opening out.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

SHARE = 0.5
"""The share of a task's questions that begin with it, at least; never fewer than three."""
_CLOSING = (":", ".", "?", "!")


def opening(questions: Iterable[str]) -> str:
    """The longest run of first words, closed by `:`, `.`, `?` or `!`, that half of them share.

    Without a closing sign it would be a mere phrase: `What is the price of` is part of the matter.
    """
    every = list(questions)
    runs = shared_runs(every)
    return opening_of(runs, count_sharing(every, runs), len(every))


def shared_runs(questions: Iterable[str]) -> list[str]:
    """The longest runs of first words that half of the questions begin with; two at most.

    However questions are parted: what half of all share is the beginning of a run of some part.
    """
    every = [question.split() for question in questions]
    fewest = SHARE * len(every)
    found: list[str] = []
    waiting: list[tuple[list[str], list[list[str]]]] = [([], every)]
    while waiting:
        shared, left = waiting.pop()
        at = len(shared)
        # The last word of a question is never part of an opening: something must follow it.
        left = [parts for parts in left if len(parts) > at + 1]
        nexts = Counter(parts[at] for parts in left)
        longer = [word for word, count in nexts.items() if count >= fewest]
        for word in longer:
            waiting.append(([*shared, word], [parts for parts in left if parts[at] == word]))
        if shared and not longer:
            found.append(" ".join(shared))
    return found


def count_sharing(questions: Iterable[str], runs: Sequence[str]) -> list[list[int]]:
    """By run: how many questions begin with its first word, with its first two, and so on.

    Only those that go on after it.
    """
    wanted = [run.split(" ") for run in runs]
    counts = [[0] * len(run) for run in wanted]
    longest = max(map(len, wanted), default=0)
    for question in questions:
        parts = question.split(None, longest)[:-1]
        for run, found in zip(wanted, counts, strict=True):
            differ = (at for at, (a, b) in enumerate(zip(parts, run, strict=False)) if a != b)
            if shared := next(differ, min(len(parts), len(run))):
                found[shared - 1] += 1
    return [[*accumulate(reversed(found))][::-1] for found in counts]


def opening_of(runs: Sequence[str], counts: Sequence[Sequence[int]], total: int) -> str:
    """The opening of so many questions, by how many of them share each of the runs."""
    alive = [(run.split(" "), found) for run, found in zip(runs, counts, strict=True)]
    shared: list[str] = []
    while alive := [one for one in alive if len(one[0]) > len(shared)]:
        at = len(shared)
        count, word = max((found[at], run[at]) for run, found in alive)
        if count < max(3, SHARE * total):
            break
        alive = [one for one in alive if one[0][at] == word]
        shared.append(word)
    while shared and not shared[-1].endswith(_CLOSING):
        shared.pop()
    return " ".join(shared)


def without(opening: str, question: str) -> str:
    """The question after its opening; the whole one where it begins otherwise."""
    parts, first = question.split(), opening.split()
    return " ".join(parts[len(first) :] if parts[: len(first)] == first else parts)
