"""Whether held-out examples stand where a teacher or a student would see them.

With the eyes of the filter that keeps them from training rows (`decontaminated`), turned on the
taxonomy itself: seeds are shown in every prompt, and documents are quoted by questions.
"""

from collections.abc import Sequence

from pipeline.filters.held_out import Guard, HeldOut
from pipeline.taxonomy.read import LeafRead

_NGRAM = 8
_THRESHOLD = 0.7


def check_leaks(read: Sequence[LeafRead]) -> None:
    """Note seeds that give a held-out example away, and examples in a document's own words."""
    guard = Guard(_NGRAM, _THRESHOLD)
    for leaf in read:
        guard.add(_held(leaf), [seed.question for seed in leaf.leaf.seeds])
    for leaf in read:
        for seed in leaf.leaf.seeds:
            place = f"{seed.place}.question"
            if reason := guard.resembled(seed.question):
                message = f"asks what is held out: {reason}; change one of the two"
                leaf.notes.error("leak-in-seed", place, message)
            elif reason := guard.quoted(f"{seed.question} {seed.answer}"):
                message = f"gives a held-out example away: it {reason}; change one of the two"
                leaf.notes.warning("leak-in-seed", place, message)
        _check_documents(leaf)


def _check_documents(leaf: LeafRead) -> None:
    """A document holds the answers, of course; its wording should not be that of the questions."""
    documents = leaf.leaf.documents
    for place, example in leaf.written.held if documents else ():
        guard = Guard(_NGRAM, _THRESHOLD)
        guard.add([HeldOut(place, example.question)])
        for document in documents:
            if reason := guard.quoted(document.text):
                message = f"{document.name} {reason}; ask in other words than the document's"
                leaf.notes.warning("leak-in-document", f"{place}.question", message)


def _held(leaf: LeafRead) -> list[HeldOut]:
    return [
        HeldOut(
            f"line {leaf.notes.text.line(f'{held.place}.question')} of {leaf.leaf.path}",
            held.question,
            held.accept[0] if held.accept else "",
        )
        for held in leaf.leaf.held
    ]
