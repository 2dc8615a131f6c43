"""Few-shot examples from a leaf's own seeds."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.documents import sentences
from pipeline.taxonomy import Leaf, Seed
from pipeline.wording import content_stems, find_phrase


@dataclass(frozen=True, slots=True)
class Shot:
    """A seed as a prompt shows it; `fact` is the sentence of its context that holds the answer."""

    seed: str
    fact: str
    question: str
    answer: str
    attributes: dict[str, str]
    context: str | None = None


def shots_of(leaf: Leaf) -> list[Shot]:
    """All seeds of a leaf as shots, in their order."""
    return [
        Shot(
            seed.id,
            _fact(seed),
            seed.question,
            seed.answer,
            seed.attributes,
            seed.context,
        )
        for seed in leaf.seeds
    ]


def mark(fact: str, answer: str) -> str:
    """`fact` with the words of `answer` in brackets."""
    return _replace(fact, answer, lambda found: f"[{found}]")


def blank(fact: str, answer: str) -> str:
    """`fact` with a gap where `answer` stands."""
    return _replace(fact, answer, lambda _: "___")


def shape(answer: str) -> str:
    """`number`, `name` or `word`: questions for answers of one shape are alike."""
    if any(letter.isdigit() for letter in answer):
        return "number"
    return "name" if any(word[:1].isupper() for word in answer.split()) else "word"


def seed_opening(leaf: Leaf) -> str:
    """The words with which all seed questions of a leaf begin, where these are three or more."""
    questions = [seed.question for seed in leaf.seeds]
    common = _common_start(questions)
    common = common[: common.rfind(" ") + 1]
    return common if len(questions) > 1 and len(re.findall(r"\S+", common)) >= 3 else ""


def _common_start(texts: Sequence[str]) -> str:
    """The letters with which all texts begin; those of the first and the last in order suffice."""
    first, last = min(texts, default=""), max(texts, default="")
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return first[: sum(1 for _ in same)]


def _replace(fact: str, answer: str, new: Callable[[str], str]) -> str:
    found = find_phrase(fact, answer)
    return fact.replace(found, new(found), 1) if found else fact


def _fact(seed: Seed) -> str:
    """The sentence of the context nearest to question and answer; the answer's words count most."""
    if not seed.context:
        return ""
    answer = set(content_stems(seed.answer))
    both = answer | set(content_stems(seed.question))

    def shared(sentence: str) -> int:
        found = set(content_stems(sentence))
        return 3 * len(found & answer) + len(found & both)

    return max(sentences(seed.context), key=shared)
