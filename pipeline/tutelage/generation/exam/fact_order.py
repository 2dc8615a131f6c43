"""What of a leaf's documents drafts ask about, and in which order: from all sections, in turn."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from tutelage.core.text import content_stems
from tutelage.taxonomy.documents.spans import answer_spans
from tutelage.taxonomy.documents.statements import Statement, statements
from tutelage.taxonomy.leaf import Leaf

Section = tuple[str, tuple[str, ...]]
_TELLING = 3
"""Content words of a statement that is worth a question, at least."""
_LONGEST = 60
_SAME = 0.7
"""Share of content words in common from which on two statements state one fact."""
_AROUND = 2
"""Statements of a section before and after the one asked about, in its passage."""


def section_of(one: Statement) -> Section:
    """The section that a statement stands in."""
    return one.document, one.headings


def asked_facts(leaf: Leaf, found: Sequence[Statement]) -> list[Statement]:
    """The statements that the leaf's examples ask about already: the best match of each."""
    stems = [set(content_stems(f"{' '.join(one.headings)} {one.spoken}")) for one in found]
    texts = [f"{seed.question} {seed.answer}" for seed in leaf.seeds if not seed.is_blank]
    texts += [
        " ".join([one.question, *one.accept]) for one in leaf.eval_examples if not one.is_blank
    ]
    used = []
    for text in texts if found else ():
        said = set(content_stems(text))
        best = max(range(len(found)), key=lambda n: len(said & stems[n]))
        if said & stems[best]:
            used.append(found[best])
    return used


def in_turn(leaf: Leaf, seed: int) -> Iterator[Statement]:
    """Statements worth a question: one of each section, then the next of each, and so on.

    What says the same as an earlier one, or as what an example of the leaf asks for, is left out:
    seeds and held-out questions ask for facts that have nothing in common.
    """
    found = [one for document in leaf.documents for one in statements(document)]
    draw = random.Random(seed)
    sections: dict[Section, list[Statement]] = {}
    for one in found:
        if len(content_stems(one.text)) >= _TELLING and len(one.text.split()) <= _LONGEST:
            sections.setdefault(section_of(one), []).append(one)
    for inside in sections.values():
        draw.shuffle(inside)
    ordered = [one for row in zip_longest(*sections.values()) for one in row if one is not None]
    yield from _apart(ordered, asked_facts(leaf, found))


def passage_of(one: Statement, found: Sequence[Statement]) -> str:
    """A statement with those around it under the same headings, as one text."""
    section = [other for other in found if section_of(other) == section_of(one)]
    place = next(n for n, other in enumerate(section) if other.id == one.id)
    around = section[max(0, place - _AROUND) : place + _AROUND + 1]
    texts = dict.fromkeys(other.spoken if other is one else other.text for other in around)
    heading = ": ".join(dict.fromkeys([one.title, *one.headings[-1:]]))
    return f"{heading}. {' '.join(texts)}" if one.headings else " ".join(texts)


def span_of(one: Statement, number: int) -> str | None:
    """The words that the number-th question about a statement asks for; None for a free one."""
    spans = [span for span in answer_spans(one.text) if content_stems(span)]
    return spans[number] if number < len(spans) else None


def _apart(ordered: Iterable[Statement], used: Sequence[Statement]) -> Iterator[Statement]:
    seen = [frozenset(content_stems(one.text)) for one in used]
    for one in ordered:
        stems = frozenset(content_stems(one.text))
        if not any(len(stems & other) >= _SAME * min(len(stems), len(other)) for other in seen):
            seen.append(stems)
            yield one
