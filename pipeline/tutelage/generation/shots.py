"""Few-shot examples from a leaf's own seeds."""

from collections.abc import Callable
from dataclasses import dataclass

from tutelage.core.language.sentences import sentences
from tutelage.core.text import content_stems, find_phrase
from tutelage.taxonomy.leaf import Leaf, Seed


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


def request_of(leaf: Leaf, shot: Shot) -> str:
    """The question of a shot as rows of the leaf ask it: a grounded skill's, below its context."""
    grounded = shot.context and leaf.kind != "knowledge"
    return f"{shot.context}\n\n{shot.question}" if grounded else shot.question


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
