"""What a leaf is about, by the name that its seed questions share, and questions that say it.

Whoever asks a model without the documents says what is meant: `... in Elsmere?`. Questions that do
not would teach the model to answer anything at all with these documents.
"""

import random
from collections import Counter
from collections.abc import Sequence

from tutelage.core.language.language_guess import language_of
from tutelage.core.text import content_stems, words
from tutelage.taxonomy.leaf import Leaf

_SHARE = 0.5
"""Share of the seed questions that have the name in them, at least."""
_FEWEST = 3
"""Seed questions that have it, at least."""
_LONGEST = 4
"""Words of a name, at most."""
_FORMS = ("{name}: {question}", "{open} in {name}?", "{open} at {name}?", "{open} ({name})?")


def subject_of(leaf: Leaf) -> str:
    """The longest run of words that most seed questions share; empty where they share none, or are
    not English, in which alone a name is put into questions here."""
    if language_of(" ".join(seed.question for seed in leaf.seeds)) != "en":
        return ""
    counts: Counter[tuple[str, ...]] = Counter()
    for seed in leaf.seeds:
        said = [word.strip("?.,;:!\"'()").removesuffix("'s") for word in seed.question.split()]
        runs = {
            tuple(said[start : start + length])
            for length in range(1, _LONGEST + 1)
            for start in range(len(said) - length + 1)
        }
        counts.update(run for run in runs if _is_name(run))
    wanted = max(_FEWEST, _SHARE * len(leaf.seeds))
    enough = sorted((len(run), count, run) for run, count in counts.items() if count >= wanted)
    return " ".join(enough[-1][2]) if enough else ""


def says(question: str, subject: str) -> bool:
    """Whether a question has a word of the subject."""
    return bool(set(content_stems(question)) & set(content_stems(subject)))


def with_subject(question: str, subject: str, draw: random.Random) -> str:
    """The question with the subject in it, in one of several ways; as it is where it says it."""
    if not subject or says(question, subject):
        return question
    form = draw.choice(_FORMS)
    return form.format(name=subject, question=question, open=question.rstrip("? "))


def _is_name(run: Sequence[str]) -> bool:
    """Whether each word of a run carries content."""
    return all(words(word) and content_stems(word) for word in run)
