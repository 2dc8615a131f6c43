"""Held-out examples, and whether a text gives one of them away.

Two ways to tell, as either alone is easily passed by (Yang et al. 2023, arXiv:2311.04850): a run of
words in common (8, as GPT-2's authors checked with; GPT-3's took 13 for whole web pages, where our
texts are short), and a question much alike, in its shingles or letter by letter.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from tutelage.core.text import STOP_WORDS, words
from tutelage.curation.duplicates.marks import Worded, worded
from tutelage.curation.duplicates.similar_index import SimilarIndex
from tutelage.curation.duplicates.task_opening import opening, without

Gram = tuple[str, ...]
CLOSE = 90
"""The letter-by-letter likeness, in percent, that gives a short question away."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out example."""

    name: str
    question: str
    answer: str = ""


class ContaminationGuard:
    """Knows the held-out examples; tells which one a question or a text gives away."""

    def __init__(self, ngram: int, threshold: float) -> None:
        """`ngram` words in a row give an example away; so does a likeness of `threshold`."""
        self._ngram = ngram
        self._openings: list[str] = []
        self._grams: dict[Gram, str] = {}
        self._lengths: dict[str, set[int]] = defaultdict(set)
        self._names: list[str] = []
        self._questions: list[Worded] = []
        self._by_length: dict[int, dict[int, str]] = defaultdict(dict)
        self._index = SimilarIndex(threshold)

    def add(self, examples: Sequence[HeldOut], alike: Iterable[str] = ()) -> None:
        """Guard the examples of one task; `alike` are its questions that are not held out.

        The opening of its questions, and runs of words found in three examples and a tenth of them,
        are the task's form, not an example's content.
        """
        form = opening([*(example.question for example in examples), *alike])
        self._openings.append(form)
        found: dict[Gram, str] = {}
        often: Counter[Gram] = Counter()
        for example in examples:
            question = without(form, example.question)
            grams = set(self._runs(words(question), words(example.answer)))
            often.update(grams)
            for gram in grams:
                found.setdefault(gram, example.name)
            self._names.append(example.name)
            self._questions.append(worded(question))
            line = self._questions[-1].line
            self._by_length[len(line)][len(self._questions) - 1] = line
            self._index.add(self._questions[-1])
        most = max(3, len(examples) / 10)
        for gram, name in found.items():
            if often[gram] < most:
                self._grams.setdefault(gram, name)
                self._lengths[gram[0]].add(len(gram))

    def publish(self, text: str) -> None:
        """What stands in this text is no secret: seeds and documents may be trained on."""
        for gram in list(self._found_in(text)):
            self._grams.pop(gram, None)

    def quoted(self, text: str) -> str | None:
        """Why a text gives an example away word for word."""
        gram = next(self._found_in(text), None)
        if gram is None:
            return None
        return f"has '{' '.join(gram)}' in common with {self._grams[gram]}"

    def resembled(self, question: str) -> str | None:
        """Why a question is too much like a held-out one: in its shingles or letter by letter."""
        forms = [form for form in self._openings if question.startswith(form)]
        rest = without(max(forms, key=len, default=""), question)
        asked = worded(rest)
        if found := self._index.find(asked):
            return f"the question is {found[1]:.2f} like {self._names[found[0]]}"
        # In a short question one changed word spoils most shingles, but few letters.
        for score, number in self._close(asked.line):
            if not asked.differs(self._questions[number]):
                return f"the question is {score / 100:.2f} like {self._names[number]}"
        return None

    def _close(self, line: str) -> Iterator[tuple[float, int]]:
        """Likeness in percent and number of the questions that are letter by letter close."""
        least = CLOSE / (200 - CLOSE)  # shorter than that, and no more can be in common
        for length in range(math.ceil(len(line) * least), int(len(line) / least) + 1):
            if lines := self._by_length.get(length):
                found = process.extract_iter(line, lines, scorer=fuzz.ratio, score_cutoff=CLOSE)
                yield from ((score, number) for _, score, number in found)

    def _runs(self, question: list[str], answer: list[str]) -> Iterator[Gram]:
        """Every `ngram` words of question and answer; of a shorter question, all of it."""
        together = question + answer
        for start in range(len(together) - self._ngram + 1):
            yield tuple(together[start : start + self._ngram])
        telling = [word for word in question if word not in STOP_WORDS]
        if len(question) < self._ngram and len(question) > 2 and len(telling) > 1:
            yield tuple(question)

    def _found_in(self, text: str) -> Iterator[Gram]:
        found = words(text)
        for start, word in enumerate(found):
            for length in sorted(self._lengths.get(word, ())):
                gram = tuple(found[start : start + length])
                if gram in self._grams:
                    yield gram
