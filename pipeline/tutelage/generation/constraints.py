"""Checkable constraints on an answer, in words for the prompt and as a demand for the row.

As in IFEval (Zhou et al. 2023, arXiv:2311.07911) and Nemotron-4's prompts (arXiv:2406.11704,
section 3.2.1): what is asked for in words is what a verifier checks. The words are English. Every
verifier stands here: there is a constraint that asks for it, or `NEVER_ASKED` says why not.
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
    "any_word",
    "words_in_order",
    "word_count",
    "starts_with",
    "ends_with",
    "quoted",
    "no_commas",
    "language",
    "json",
]
WORDS_NEEDED: dict[ConstraintKind, int] = {
    "keyword": 1,
    "without_word": 1,
    "any_word": 2,
    "words_in_order": 2,
    "word_count": 1,
}
"""How many words a constraint has to choose from, at least; the others name none."""
NEVER_ASKED = {
    "answer": "it holds what is right, which the prompt would give away",
    "answer_in_question": "whether the answer stands in the question depends on the task",
    "equals_attribute": "it needs attributes of the leaf's grid",
    "exact": "the prompt would say the whole answer",
    "json_matches_attributes": "it needs attributes of the leaf's grid",
    "keeps_attributes": "it needs attributes of the leaf's grid",
    "numeric": "it holds what is right, which the prompt would give away",
    "python_tests": "it needs a task about code and tests for it",
    "regex": "a pattern has no plain words",
    "steps": "it checks that arithmetic is right, which no prompt has to ask for",
    "tool_call": "it needs tools",
}
"""The verifiers that no constraint asks for, and why not."""
_OPENINGS = ("Of course.", "Here is what I know.", "Thank you for asking.")
_ENDINGS = ("Is there anything else?", "That is all.", "I hope this helps.")
_LANGUAGES = {"de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch"}
_JSON_KEY = "answer"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A sentence to put after a task, and the verifier of a row's `verify` that checks it."""

    words: str
    demand: dict[str, Any]


def constraint(kind: ConstraintKind, draw: random.Random, words: Sequence[str]) -> Constraint:
    """A constraint of a kind, its numbers and words drawn.

    `words` are those to ask for: all different, and as many as `WORDS_NEEDED` says or more.
    """
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


def _any_word(draw: random.Random, words: Sequence[str]) -> Constraint:
    one, other = draw.sample(list(words), 2)
    demand = {"contains_any": [one, other]}
    return Constraint(f'Use the word "{one}" or the word "{other}".', demand)


def _words_in_order(draw: random.Random, words: Sequence[str]) -> Constraint:
    one, other = draw.sample(list(words), 2)
    demand = {"in_order": [one, other]}
    return Constraint(f'Use the word "{one}" and, after it, the word "{other}".', demand)


def _word_count(draw: random.Random, words: Sequence[str]) -> Constraint:
    word, least = draw.choice(list(words)), draw.randint(2, 3)
    demand = {"keyword_count": {"phrase": word, "at_least": least}}
    return Constraint(f'Use the word "{word}" at least {least} times.', demand)


def _starts_with(draw: random.Random, words: Sequence[str]) -> Constraint:
    phrase = draw.choice(_OPENINGS)
    return Constraint(f'Begin with the words "{phrase}"', {"starts_with": phrase})


def _ends_with(draw: random.Random, words: Sequence[str]) -> Constraint:
    phrase = draw.choice(_ENDINGS)
    return Constraint(f'End with the words "{phrase}"', {"ends_with": phrase})


def _quoted(draw: random.Random, words: Sequence[str]) -> Constraint:
    asked = "Put the whole answer between double quotation marks."
    return Constraint(asked, {"use": "quoted"})


def _no_commas(draw: random.Random, words: Sequence[str]) -> Constraint:
    return Constraint("Do not use any commas.", {"use": "no_commas"})


def _language(draw: random.Random, words: Sequence[str]) -> Constraint:
    code = draw.choice(list(_LANGUAGES))
    return Constraint(f"Answer in {_LANGUAGES[code]}.", {"in_language": [code]})


def _json(draw: random.Random, words: Sequence[str]) -> Constraint:
    schema = {
        "type": "object",
        "properties": {_JSON_KEY: {"type": "string"}},
        "required": [_JSON_KEY],
        "additionalProperties": False,
    }
    asked = f'Answer with a JSON object and nothing else; its only key is "{_JSON_KEY}".'
    return Constraint(asked, {"json_schema": schema})


_KINDS: dict[ConstraintKind, Callable[[random.Random, Sequence[str]], Constraint]] = {
    "max_words": _max_words,
    "min_words": _min_words,
    "sentences": _sentences,
    "bullets": _bullets,
    "paragraphs": _paragraphs,
    "lower_case": _lower_case,
    "keyword": _keyword,
    "without_word": _without_word,
    "any_word": _any_word,
    "words_in_order": _words_in_order,
    "word_count": _word_count,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "quoted": _quoted,
    "no_commas": _no_commas,
    "language": _language,
    "json": _json,
}
