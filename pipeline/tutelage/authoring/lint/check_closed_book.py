"""Whether questions about documents say what they are about: whoever is asked does not see these.

The same holds for the teacher's questions, which are modelled on the seeds.
"""

from collections.abc import Iterator

from tutelage.curation.filters.closed_book import points_at_text, unnamed
from tutelage.generation.subject import subject_of
from tutelage.taxonomy.read_leaf import LeafRead


def check_closed_book(read: LeafRead) -> None:
    """Note questions of a knowledge leaf that only who sees the document can understand."""
    leaf = read.leaf
    if leaf.kind != "knowledge":
        return
    subject = subject_of(leaf)
    documents = "\n".join(document.text for document in leaf.documents)
    for place, question in _questions(read):
        if reason := points_at_text(question, documents) or unnamed(question, subject):
            message = f"{reason}; whoever is asked does not see the document: name what is meant"
            read.notes.warning("needs-document", f"{place}.question", message)


def _questions(read: LeafRead) -> Iterator[tuple[str, str]]:
    """Questions that are asked without a text."""
    yield from ((seed.place, seed.question) for seed in read.leaf.seeds)
    yield from ((held.place, held.question) for held in read.leaf.eval_examples if not held.context)
