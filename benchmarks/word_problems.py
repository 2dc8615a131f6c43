"""Word problems of three additions and subtractions, made by rule: rows with steps, and an exam.

Rows to train on and questions to examine with share no chain of numbers.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_QUESTIONS = 200
PEOPLE = ("Ana", "Ben", "Chen", "Dora", "Emeka", "Farah", "Goran", "Hana", "Ivan", "Jun")
THINGS = ("apples", "books", "coins", "eggs", "lamps", "nails", "pens", "stamps", "tickets")
GAINS = ("buys {} more", "finds {} more", "gets {} from a friend", "makes {} more")
LOSSES = ("sells {}", "gives {} away", "loses {}", "uses {}")


@dataclass(frozen=True, slots=True)
class Problem:
    """A question, its worked steps, and the number that they end with."""

    question: str
    steps: tuple[str, ...]
    result: int

    @property
    def worked(self) -> str:
        """The steps a line each, then the answer."""
        return "\n".join([*self.steps, f"Answer: {self.result}"])


def problems(count: int, seed: int, changes: int = 3) -> Iterator[Problem]:
    """So many different problems, each of so many changes; by one seed always the same."""
    rng = random.Random(seed)
    seen: set[tuple[int, ...]] = set()
    while len(seen) < count:
        numbers = _chain(rng, changes)
        if numbers not in seen:
            seen.add(numbers)
            yield _problem(rng, numbers)


def write(folder: Path, rows: int, questions: int, seed: int) -> tuple[Path, Path]:
    """`rows.jsonl` to train on and `exam.jsonl`, whose chains of numbers are others.

    At most 200 questions; the rows are the same, however many are asked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = list(problems(MOST_QUESTIONS + rows, seed))
    train: list[dict[str, Any]] = [
        {"leaf": "word_problems", "messages": _messages(one.question, one.worked)}
        for one in made[MOST_QUESTIONS:]
    ]
    exam: list[dict[str, Any]] = [
        {"question": one.question, "answer": str(one.result)} for one in made[:questions]
    ]
    files = folder / "rows.jsonl", folder / "exam.jsonl"
    for file, lines in zip(files, (train, exam), strict=True):
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return files


def _chain(rng: random.Random, changes: int) -> tuple[int, ...]:
    """A start, then what is added or (below zero) taken away; it never falls below one."""
    numbers = [rng.randint(5, 60)]
    for _ in range(changes):
        left = sum(numbers)
        lose = left > 2 and rng.random() < 0.5
        numbers.append(-rng.randint(1, min(left - 1, 40)) if lose else rng.randint(2, 40))
    return tuple(numbers)


def _problem(rng: random.Random, numbers: tuple[int, ...]) -> Problem:
    person, thing = rng.choice(PEOPLE), rng.choice(THINGS)
    left, *changes = numbers
    told = [f"{person} has {left} {thing}."]
    steps: list[str] = []
    for change in changes:
        told.append(f"{person} {rng.choice(GAINS if change > 0 else LOSSES).format(abs(change))}.")
        sign = "+" if change > 0 else "-"
        steps.append(f"{left} {sign} {abs(change)} = {left + change}")
        left += change
    told.append(f"How many {thing} does {person} have now?")
    return Problem(" ".join(told), tuple(steps), left)


def _messages(question: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
