"""Code: a small function over a list of numbers, checked by tests on drawn lists."""

from collections.abc import Callable
from random import Random

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

Numbers = list[int]
_Change = tuple[str, str, Callable[[Numbers], Numbers]]
_Result = tuple[str, str, Callable[[Numbers], int | Numbers]]


class ListFunction(ProblemMaker):
    """`solve(numbers)` of as many changes to the list as the difficulty, and what is returned."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The changes decide."""
        changes = [_change(random) for _ in range(difficulty)]
        wording, end, finish = random.choice(_RESULTS)
        lines = [f"    numbers = {code}" for _, code, _ in changes]
        solution = "\n".join(["def solve(numbers):", *lines, f"    return {end}"])
        words = "; then ".join([one for one, _, _ in changes] + [wording])
        question = (
            "Write a Python function `solve(numbers)` for a list of whole numbers. It should "
            f"{words}."
        )
        tests = [_test(random, changes, finish) for _ in range(4)]
        tests.append(f"assert solve([]) == {_worked([], changes, finish)!r}")
        key = (*(one for one, _, _ in changes), wording)
        steps = tuple(f"{one}: {code}" for one, code, _ in changes)
        return Problem(key, question, "", steps, tuple(tests), f"```python\n{solution}\n```")


def _change(random: Random) -> _Change:
    n = random.randint(2, 9)
    changes: list[_Change] = [
        (f"add {n} to each", f"[n + {n} for n in numbers]", lambda a: [x + n for x in a]),
        (f"multiply each by {n}", f"[n * {n} for n in numbers]", lambda a: [x * n for x in a]),
        (f"keep those above {n}", f"[n for n in numbers if n > {n}]", _above(n)),
        (f"keep those divisible by {n}", f"[n for n in numbers if n % {n} == 0]", _by(n)),
        ("reverse the list", "numbers[::-1]", lambda a: a[::-1]),
        ("sort it from small to large", "sorted(numbers)", lambda a: sorted(a)),
        (f"drop the first {n}", f"numbers[{n}:]", lambda a: a[n:]),
    ]
    return random.choice(changes)


def _above(n: int) -> Callable[[Numbers], Numbers]:
    return lambda numbers: [one for one in numbers if one > n]


def _by(n: int) -> Callable[[Numbers], Numbers]:
    return lambda numbers: [one for one in numbers if one % n == 0]


def _largest(numbers: Numbers) -> int:
    return max(numbers, default=0)


_RESULTS: tuple[_Result, ...] = (
    ("return the list", "numbers", lambda numbers: numbers),
    ("return the sum", "sum(numbers)", sum),
    ("return how many are left", "len(numbers)", len),
    ("return the largest, or 0 for an empty list", "max(numbers, default=0)", _largest),
)


def _worked(
    numbers: Numbers, changes: list[_Change], finish: Callable[[Numbers], int | Numbers]
) -> int | Numbers:
    for _, _, change in changes:
        numbers = change(numbers)
    return finish(numbers)


def _test(
    random: Random, changes: list[_Change], finish: Callable[[Numbers], int | Numbers]
) -> str:
    shown = [random.randint(-9, 40) for _ in range(random.randint(4, 9))]
    return f"assert solve({shown}) == {_worked(shown, changes, finish)!r}"
