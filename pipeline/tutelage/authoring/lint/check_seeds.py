"""Whether a leaf's seeds are enough, differ from each other, and rest on their passages."""

from collections.abc import Iterator
from itertools import combinations

from tutelage.authoring.lint.answer_support import Ground, is_extractive
from tutelage.core.text import plain
from tutelage.curation.duplicates.marks import worded
from tutelage.curation.duplicates.shingles import similarity
from tutelage.curation.duplicates.task_opening import opening, without
from tutelage.taxonomy.leaf import Seed
from tutelage.taxonomy.read_leaf import LeafRead

_ENOUGH = 5
"""InstructLab's number: fewer do not show what varies."""
_NEAR = 0.8
"""The likeness from which on a second seed shows nothing new."""
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
            message = f"asks the same as line {where} but has another answer; keep one answer"
            notes.warning("contradicting-seeds", f"{seed.place}.answer", message)
        elif plain(seed.answer) == plain(earlier.answer):
            message = f"is {how} as line {where} and has the same answer; replace one of them"
            notes.warning("similar-seeds", f"{seed.place}.question", message)
    _check_support(read)


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


def _check_support(read: LeafRead) -> None:
    """Of knowledge, words, numbers and names of an answer; of tasks on a text, the latter two."""
    leaf = read.leaf
    of_words = leaf.kind == "knowledge"
    if not of_words and not is_extractive(leaf.seeds):
        return
    documents = Ground("\n".join(document.text for document in leaf.documents))
    for seed in leaf.seeds:
        ground = Ground(seed.context) if seed.context else documents
        lacking = ground.text and (
            ground.lacks_facts(seed) or (of_words and ground.lacks_words(seed))
        )
        if lacking:
            where = "its `context`" if seed.context else "any document"
            message = f"{lacking} not in {where}; it teaches the teacher to invent facts"
            read.notes.warning("answer-not-in-context", f"{seed.place}.answer", message)
