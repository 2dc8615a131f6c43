"""Whether each section of a leaf's documents is asked about by an example.

A section that nobody asks about is trained on, but whether it was learnt is not measured.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from tutelage.core.text import content_stems
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.passages import split
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.read_leaf import LeafRead

_NAMED = 5
"""Sections that are named, at most."""
Section = tuple[str, tuple[str, ...]]
"""A document's name, and the headings from its title on."""


def check_sections(read: LeafRead) -> None:
    """Note documents with sections that no example asks about, where there is an exam."""
    leaf = read.leaf
    if leaf.kind != "knowledge" or not leaf.eval_examples:
        return
    sections = {key: words for one in leaf.documents for key, words in _sections(one).items()}
    unasked = sections.keys() - _asked_about(leaf, sections)
    for document in leaf.documents:
        own = [headings for name, headings in sections if name == document.name]
        missing = [h for name, h in sections if name == document.name and (name, h) in unasked]
        if missing and len(sections) > 1:
            message = (
                f"'{document.name}': no example asks about {len(missing)} of its {len(own)} "
                f"sections: {_named(missing)}; hold out a question about each, so that it is "
                "measured whether they were learnt"
            )
            read.notes.warning("unasked-section", "eval_examples", message)


def _named(sections: Sequence[tuple[str, ...]]) -> str:
    names = [f"'{' > '.join(h[1:] or h) or 'no heading'}'" for h in sections[:_NAMED]]
    return ", ".join([*names, *(["..."] if len(sections) > _NAMED else [])])


def _sections(document: Document) -> dict[Section, set[str]]:
    """The content words under each heading, its own included."""
    found: dict[Section, set[str]] = defaultdict(set)
    for passage in split(document, 1):
        said = f"{' '.join(passage.headings)} {passage.text}"
        found[document.name, passage.headings].update(content_stems(said))
    return found


def _asked_about(leaf: Leaf, sections: Mapping[Section, set[str]]) -> set[Section]:
    """The sections that suit a question and its answer best, rare words counting more."""
    often = Counter(word for there in sections.values() for word in there)
    examples = [f"{seed.question} {seed.answer}" for seed in leaf.seeds]
    examples += [" ".join([held.question, *held.accept]) for held in leaf.eval_examples]
    found: set[Section] = set()
    for example in examples:
        said = set(content_stems(example))
        suits = {
            section: sum(math.log(1 + len(sections) / often[word]) for word in said & there)
            for section, there in sections.items()
        }
        best = max(suits.values(), default=0.0)
        found |= {section for section, suit in suits.items() if best and math.isclose(suit, best)}
    return found
