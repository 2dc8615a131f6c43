"""Held-out examples, and whether a text gives one of them away.

Two ways to tell, as either alone is easily passed by (Yang et al. 2023, arXiv:2311.04850): a run of
words in common (8, as GPT-2's authors checked with; GPT-3's took 13 for whole web pages, where our
texts are short), and a question much alike, in its shingles or letter by letter.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from tutelage.core.language.letters import run_weight
from tutelage.core.text import STOP_WORDS, words
from tutelage.curation.duplicates.marks import Worded, worded
from tutelage.curation.duplicates.shingles import similarity
from tutelage.curation.duplicates.similar_index import SimilarIndex
from tutelage.curation.duplicates.task_opening import SHARE
from tutelage.curation.duplicates.word_runs import Gram, covered, runs, spans, without_runs

_FORM = 3
"""Words in a row that make a task's form, where half of its questions have them."""
_SEVERAL = 3
_CORE = 0.35
"""The likeness that two questions must have in what several examples do not share."""
_FEWEST = 2
"""Telling words that must be left of a question without its form."""
CLOSE = 90
"""The letter-by-letter likeness, in percent, that gives a short question away."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One held-out example."""

    name: str
    question: str
    answer: str = ""


class ContaminationGuard:
    """Knows the held-out examples, and which one a question or a text gives away.

    What a task's questions have in common is its form and tells nothing of one of them: runs of
    words in half of them are left out of comparisons, and a run of words that several examples
    share gives none away, nor one that is mostly made of such.
    """

    def __init__(self, ngram: int, threshold: float) -> None:
        """`ngram` words in a row give an example away; so does a likeness of `threshold`."""
        self._ngram = ngram
        self._threshold = threshold
        self._tasks: list[tuple[list[HeldOut], list[str]]] = []
        self._public: list[str] = []

    def add(self, examples: Sequence[HeldOut], alike: Iterable[str] = ()) -> None:
        """Guard the examples of one task; `alike` are its questions that are not held out."""
        self._tasks.append((list(examples), list(alike)))
        vars(self).pop("_known", None)

    def publish(self, text: str) -> None:
        """What stands in this text is no secret: seeds and documents may be trained on."""
        self._public.append(text)
        vars(self).pop("_known", None)

    def quoted(self, text: str) -> str | None:
        """Why a text gives an example away word for word."""
        known = self._known
        gram = next(known.found_in(text), None)
        return (
            None if gram is None else f"has '{' '.join(gram)}' in common with {known.grams[gram]}"
        )

    def resembled(self, question: str) -> str | None:
        """Why a question is too much like a held-out one: in its shingles or letter by letter."""
        return self._known.resembled(question)

    @cached_property
    def _known(self) -> "_Known":
        known = _Known(self._ngram, self._threshold)
        for examples, alike in self._tasks:
            known.learn_form([*(example.question for example in examples), *alike])
        for examples, _ in self._tasks:
            known.learn(examples)
        for text in self._public:
            for gram in list(known.found_in(text)):
                known.grams.pop(gram, None)
        return known


class _Known:
    """Runs of words and questions of the held-out examples, to look others up in."""

    def __init__(self, ngram: int, threshold: float) -> None:
        self._ngram = ngram
        self.grams: dict[Gram, str] = {}
        self._form: set[Gram] = set()
        self._lengths: dict[str, set[int]] = defaultdict(set)
        self._names: list[str] = []
        self._texts: list[str] = []
        self._questions: list[Worded] = []
        self._shared: set[Gram] = set()
        """Runs of words that several examples of a task have."""
        self._by_length: dict[int, dict[int, str]] = defaultdict(dict)
        self._index = SimilarIndex(threshold)

    def learn_form(self, questions: Sequence[str]) -> None:
        """Short runs of words that half of a task's questions have in common."""
        often = Counter(run for q in questions for run in set(runs(words(q), _FORM)))
        fewest = max(_SEVERAL, len(questions) * SHARE)
        self._form.update(run for run, count in often.items() if count >= fewest)

    def learn(self, examples: Sequence[HeldOut]) -> None:
        """The examples of a task, whose form is known."""
        parts = [(words(one.question), words(one.answer)) for one in examples]
        answers: dict[Gram, set[Gram]] = defaultdict(set)
        often: Counter[Gram] = Counter()
        for asked, answer in parts:
            found = {*runs(asked, _FORM), *runs(asked + answer, self._ngram)}
            often.update(found)
            for run in found:
                answers[run].add(tuple(answer))
        shared = {run for run in often if often[run] >= _SEVERAL or len(answers[run]) > 1}
        self._shared |= shared
        for example, (asked, answer) in zip(examples, parts, strict=True):
            for gram in self._telling(asked, answer, shared):
                self.grams.setdefault(gram, example.name)
                self._lengths[gram[0]].add(len(gram))
            self._names.append(example.name)
            self._texts.append(example.question)
            self._questions.append(self._rest(example.question))
            line = self._questions[-1].line
            self._by_length[len(line)][len(self._questions) - 1] = line
            self._index.add(self._questions[-1])

    def resembled(self, question: str) -> str | None:
        """Why a question is too much like one of the examples."""
        asked, core = self._rest(question), self._core(question)

        def apart(number: int) -> bool:
            """Whether they are alike only in what several examples share."""
            return similarity(core, self._cores[number]) < _CORE

        if found := self._index.find(asked, apart):
            return _resembles(found[1], self._names[found[0]])
        # In a short question one changed word spoils most shingles, but few letters.
        for score, number in self._close(asked.line):
            if not asked.differs(self._questions[number]) and not apart(number):
                return _resembles(score / 100, self._names[number])
        return None

    @cached_property
    def _cores(self) -> list[Worded]:
        return [self._core(text) for text in self._texts]

    def found_in(self, text: str) -> Iterator[Gram]:
        """The runs of examples that stand in a text."""
        found = words(text)
        for start, word in enumerate(found):
            for length in sorted(self._lengths.get(word, ())):
                gram = tuple(found[start : start + length])
                if gram in self.grams:
                    yield gram

    def _rest(self, question: str) -> Worded:
        """A question without its task's form; the whole one where little else is said."""
        rest = without_runs(question, self._form)
        telling = [word for word in words(rest) if word not in STOP_WORDS]
        return worded(rest if len(telling) >= _FEWEST else question)

    def _core(self, question: str) -> Worded:
        """The part of a question that no other example has; all of it where nothing is left."""
        return worded(without_runs(question, self._shared) or question)

    def _close(self, line: str) -> Iterator[tuple[float, int]]:
        """Likeness in percent and number of the questions that are letter by letter close."""
        least = CLOSE / (200 - CLOSE)  # shorter than that, and no more can be in common
        for length in range(math.ceil(len(line) * least), int(len(line) / least) + 1):
            if lines := self._by_length.get(length):
                found = process.extract_iter(line, lines, scorer=fuzz.ratio, score_cutoff=CLOSE)
                yield from ((score, number) for _, score, number in found)

    def _telling(self, question: list[str], answer: list[str], shared: set[Gram]) -> Iterator[Gram]:
        """Every `ngram` words of question and answer that are not mostly shared with others.

        Of a shorter question, all of it.
        """
        form = covered(question, shared) | covered(question, self._form)
        together = question + answer
        for start, length in spans(together, self._ngram):
            own = sum(place not in form for place in range(start, start + length))
            gram = tuple(together[start : start + length])
            if gram not in shared and 2 * own > length:
                yield gram
        telling = [word for word in question if word not in STOP_WORDS]
        short = sum(map(run_weight, question)) < self._ngram
        if short and len(question) > 2 and len(telling) > 1 and tuple(question) not in shared:
            yield tuple(question)


def _resembles(similarity: float, name: str) -> str:
    return f"with a similarity of {similarity:.2f} the question resembles {name}"
