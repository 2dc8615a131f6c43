"""Checkable constraints on an answer, in words for the prompt and as a demand for the row.

As in IFEval (Zhou et al. 2023, arXiv:2311.07911) and Nemotron-4's prompts (arXiv:2406.11704,
section 3.2.1): what is asked for in words is what a verifier checks. The words are English.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

ConstraintKind = Literal[
    "max_words",
    "min_words",
    "sentences",
    "bullets",
    "paragraphs",
    "lower_case",
    "keyword",
    "without_word",
    "ends_with",
]
_ENDINGS = ("Is there anything else?", "That is all.", "I hope this helps.")


@dataclass(frozen=True, slots=True)
class Constraint:
    """A sentence to put after a task, and the verifier of a row's `verify` that checks it."""

    words: str
    demand: dict[str, Any]


def constraint(kind: ConstraintKind, draw: random.Random, words: Sequence[str]) -> Constraint:
    """A constraint of a kind, its numbers and words drawn; `words` are those to ask for."""
    return _KINDS[kind](draw, words)


def _max_words(draw: random.Random, words: Sequence[str]) -> Constraint:
    most = draw.choice((15, 25, 40, 60))
    return Constraint(f"Use at most {most} words.", {"max_words": most})


def _min_words(draw: random.Random, words: Sequence[str]) -> Constraint:
    least = draw.choice((20, 40, 60))
    return Constraint(f"Use at least {least} words.", {"min_words": least})


def _sentences(draw: random.Random, words: Sequence[str]) -> Constraint:
    count = draw.randint(2, 4)
    return Constraint(f"Answer in exactly {count} sentences.", {"sentences": {"exactly": count}})


def _bullets(draw: random.Random, words: Sequence[str]) -> Constraint:
    count = draw.randint(2, 5)
    return Constraint(
        f"Answer as a list of {count} bullet points.", {"bullets": {"exactly": count}}
    )


def _paragraphs(draw: random.Random, words: Sequence[str]) -> Constraint:
    count = draw.randint(2, 3)
    return Constraint(
        f"Write {count} paragraphs with an empty line between them.",
        {"paragraphs": {"exactly": count}},
    )


def _lower_case(draw: random.Random, words: Sequence[str]) -> Constraint:
    return Constraint("Write the whole answer in lowercase letters.", {"case": "lower"})


def _keyword(draw: random.Random, words: Sequence[str]) -> Constraint:
    chosen = draw.sample(list(words), min(len(words), draw.randint(1, 2)))
    named = " and ".join(f'"{word}"' for word in chosen)
    return Constraint(
        f"Use the word{'s' if len(chosen) > 1 else ''} {named}.", {"contains": chosen}
    )


def _without_word(draw: random.Random, words: Sequence[str]) -> Constraint:
    word = draw.choice(list(words))
    return Constraint(f'Do not use the word "{word}".', {"excludes": [word]})


def _ends_with(draw: random.Random, words: Sequence[str]) -> Constraint:
    phrase = draw.choice(_ENDINGS)
    return Constraint(f'End with the words "{phrase}"', {"ends_with": phrase})


_KINDS: dict[ConstraintKind, Callable[[random.Random, Sequence[str]], Constraint]] = {
    "max_words": _max_words,
    "min_words": _min_words,
    "sentences": _sentences,
    "bullets": _bullets,
    "paragraphs": _paragraphs,
    "lower_case": _lower_case,
    "keyword": _keyword,
    "without_word": _without_word,
    "ends_with": _ends_with,
}
