"""Held-out examples, and whether a text gives one of them away."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from pipeline.filters.similar import SimilarIndex, Sketch, sketch
from pipeline.filters.template import opening, without
from pipeline.wording import STOP_WORDS, words

Gram = tuple[str, ...]
CLOSE = 90
"""The letter-by-letter likeness, in percent, that gives a short question away."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out example."""

    name: str
    question: str
    answer: str = ""


class Guard:
    """Knows the held-out examples; tells which one a question or a text gives away."""

    def __init__(self, ngram: int, threshold: float) -> None:
        """`ngram` words in a row give an example away; so does a likeness of `threshold`."""
        self._ngram = ngram
        self._threshold = threshold
        self._openings: list[str] = []
        self._grams: dict[Gram, str] = {}
        self._lengths: dict[str, set[int]] = defaultdict(set)
        self._names: list[str] = []
        self._sketches: list[Sketch] = []
        self._lines: list[str] = []
        self._index = SimilarIndex(threshold, ())

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
            self._sketches.append(sketch(question))
            self._lines.append(self._sketches[-1].line)
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
        if len(self._index) < len(self._sketches):
            self._index = SimilarIndex(self._threshold, self._sketches)
            for one in self._sketches:
                self._index.add(one)
        forms = [form for form in self._openings if question.startswith(form)]
        rest = without(max(forms, key=len, default=""), question)
        asked = sketch(rest)
        if found := self._index.find(asked):
            return f"the question is {found[1]:.2f} like {self._names[found[0]]}"
        # In a short question one changed word spoils most shingles, but few letters.
        close = process.extract_iter(asked.line, self._lines, scorer=fuzz.ratio, score_cutoff=CLOSE)
        for _, score, number in close:
            if not asked.differs(self._sketches[number]):
                return f"the question is {score / 100:.2f} like {self._names[number]}"
        return None

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
