"""Whether held-out examples stand where a teacher or a student would see them.

With the eyes of the filter that keeps them from training rows (`decontaminated`), turned on the
taxonomy itself: seeds are shown in every prompt, and documents are quoted by questions.
"""

from collections.abc import Iterator, Sequence

from tutelage.core.text import words
from tutelage.curation.filters.decontaminated import Decontaminated
from tutelage.curation.filters.held_out import ContaminationGuard, HeldOut
from tutelage.taxonomy.read_leaf import LeafRead

Run = tuple[str, ...]

_FEWEST = 3


def check_leaks(read: Sequence[LeafRead]) -> None:
    """Note seeds that give a held-out example away, and examples in a document's own words."""
    eyes = Decontaminated()
    guard = ContaminationGuard(eyes.ngram, eyes.threshold)
    for leaf in read:
        guard.add(_held(leaf), [seed.question for seed in leaf.leaf.seeds])
    for leaf in read:
        for seed in leaf.leaf.seeds:
            place = f"{seed.place}.question"
            asked = leaf.leaf.request(seed)
            if reason := guard.resembled(asked):
                message = f"asks a held-out question: {reason}; change one of the two"
                leaf.notes.error("leak-in-seed", place, message)
            elif reason := guard.quoted(f"{asked} {seed.answer}"):
                message = f"reveals a held-out example: it {reason}; change one of the two"
                leaf.notes.warning("leak-in-seed", place, message)
        _check_documents(leaf, eyes.ngram)


def _check_documents(leaf: LeafRead, ngram: int) -> None:
    """A document holds the answers, of course; its wording should not be that of the questions."""
    runs: dict[Run, str] = {}
    for place, example in leaf.written.eval_examples:
        runs |= dict.fromkeys(_runs(words(example.question), ngram), place)
    collect_errors: set[str] = set()
    for document in leaf.leaf.documents if runs else ():
        there = words(document.text)
        for length in {len(run) for run in runs}:
            for run in _runs(there, length):
                place = runs.get(run, "")
                if place and place not in collect_errors:
                    collect_errors.add(place)
                    message = f"{document.name} says '{' '.join(run)}' too; ask in other words"
                    leaf.notes.warning("leak-in-document", f"{place}.question", message)


def _runs(text: list[str], length: int) -> Iterator[Run]:
    """Every `length` words in a row; of a shorter text of three words or more, all of it."""
    if _FEWEST <= len(text) < length:
        yield tuple(text)
    yield from zip(*(text[start:] for start in range(length)), strict=False)


def _held(leaf: LeafRead) -> list[HeldOut]:
    return [
        HeldOut(
            f"line {leaf.notes.text.line(f'{held.place}.question')} of {leaf.leaf.path}",
            leaf.leaf.secret(held),
            held.accept[0] if held.accept else "",
        )
        for held in leaf.leaf.eval_examples
    ]
