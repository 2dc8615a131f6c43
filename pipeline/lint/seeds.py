"""Whether a leaf's seeds are enough, differ from each other, and rest on their passages."""

from collections.abc import Iterator
from itertools import combinations

from pipeline.similarity.marks import worded
from pipeline.similarity.shingles import similarity
from pipeline.similarity.template import opening, without
from pipeline.taxonomy import Seed
from pipeline.taxonomy.read import LeafRead
from pipeline.wording import content_stems, plain

_ENOUGH = 5
"""InstructLab's number: fewer do not show what varies."""
_NEAR = 0.8
"""The likeness from which on a second seed shows nothing new."""
_SUPPORT = 0.4
"""The share of an answer's content words that its passage must hold: people paraphrase."""
_COMPARED = 300
"""Seeds compared with each other, at most."""


def check_seeds(read: LeafRead) -> None:
    """Note too few, repeated, contradicting and unfounded seeds."""
    leaf, notes = read.leaf, read.notes
    if 0 < len(leaf.seeds) < _ENOUGH and "seed_examples" not in read.written.broken:
        count = len(leaf.seeds)
        message = f"only {count} of them; give at least {_ENOUGH}, as different as the task is"
        notes.warning("few-seeds", "seed_examples", message)
    for seed, earlier, how in _alike(leaf.seeds):
        where = notes.text.line(f"{earlier.place}.question")
        if plain(seed.answer) != plain(earlier.answer) and how == "the same":
            message = f"asks the same as line {where} and answers otherwise; keep one answer"
            notes.warning("contradicting-seeds", f"{seed.place}.answer", message)
        elif plain(seed.answer) == plain(earlier.answer):
            message = f"is {how} as line {where}, with the same answer; show something else"
            notes.warning("similar-seeds", f"{seed.place}.question", message)
    if leaf.kind == "knowledge":
        documents: set[str] = set()
        if not all(seed.context for seed in leaf.seeds):
            documents.update(s for document in leaf.documents for s in content_stems(document.text))
        for seed in leaf.seeds:
            _check_support(seed, documents, read)


def _alike(seeds: tuple[Seed, ...]) -> Iterator[tuple[Seed, Seed, str]]:
    """Pairs of seeds that ask the same or nearly the same of the same passage."""
    form = opening([seed.question for seed in seeds])
    asked = [worded(without(form, s.question)) for s in seeds[:_COMPARED]]
    for (first, a), (second, b) in combinations(zip(asked, seeds, strict=False), 2):
        if (a.context or "") != (b.context or ""):
            continue
        if plain(a.question) == plain(b.question):
            yield b, a, "the same"
        elif similarity(first, second) >= _NEAR:
            yield b, a, "nearly the same"


def _check_support(seed: Seed, documents: set[str], read: LeafRead) -> None:
    """Of the words that the question does not say already, enough must stand in the passage."""
    there = set(content_stems(seed.context)) if seed.context else documents
    said = content_stems(seed.answer)
    asked = set(content_stems(seed.question))
    new = [stem for stem in said if stem not in asked] or said
    missing = [stem for stem in new if stem not in there]
    if there and new and len(missing) > (1 - _SUPPORT) * len(new):
        where = "its `context`" if seed.context else "any document"
        message = f"{len(missing)} of its {len(new)} telling words are not in {where}"
        message += "; a teacher learns to invent from it"
        read.notes.warning("answer-not-in-context", f"{seed.place}.answer", message)
