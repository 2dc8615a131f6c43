"""Numbers, names, operators, negation: what may not differ in texts that are alike.

A question about Leeds is not one about Porto, nor `x == y` `x != y`, nor `allowed` `not allowed`.
"""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import numpy.typing as npt
import regex

from tutelage.core.negation import is_negated
from tutelage.core.ngrams import Hashes, Numbers
from tutelage.core.text import words

# A number, or a word with a capital that does not open a sentence.
_MARK = regex.compile(
    r"(?<=[\p{L}\p{N},;)'\"-]\s+)\p{Lu}[\p{L}\p{N}-]*|[\p{L}-]*\p{N}[\p{L}\p{N}.,:-]*"
)
_PERHAPS = regex.compile(r"\p{N}|\s\p{Lu}")
# Signs that compute, compare or belong to a name: +, !=, C#. A dash in prose is none, nor a bullet.
_OPERATOR = regex.compile(
    r"(?<=[\p{L}\p{N})\]]\s?)[-\u2212](?=\s?[\p{N}(])(?<!\p{L}-)"
    r"|[+*/=<>&|^%~#@\u00b1\u00d7\u00f7\u2208-\u22ff\u2190-\u21ff]+[=>]*|!=+|(?<!\w)!(?=\w)"
)
_SAYS, _DENIES = "\0says", "\0denies"


@dataclass(frozen=True, slots=True)
class Worded:
    """A text as it is compared: its plain words, and what it must share with one that is alike."""

    line: str
    """The words with a space between them; of a text without words, its signs."""
    marks: frozenset[str]
    """Its numbers and names, operators, and whether it denies something."""

    def differs(self, other: "Worded") -> bool:
        """Whether each has a mark that the other lacks."""
        return self.lacks(other.marks) and other.lacks(self.marks)

    def lacks(self, marks: frozenset[str]) -> bool:
        """Whether one of these marks is neither among the words nor a mark here."""
        return not marks <= self.marks and not marks <= self.marks.union(self.line.split(" "))


def worded(text: str) -> Worded:
    """The text as it is compared."""
    found = words(text)
    polarity = _DENIES if is_negated(text, found) else _SAYS
    return Worded(" ".join(found) or text.strip(), _marks(text) | {polarity})


@dataclass(frozen=True, slots=True)
class MarkHashes:
    """The marks and the words of texts, hashed: one text's after another's."""

    marks: Hashes
    n_marks: Numbers
    """By text; at least one."""
    words: Hashes
    n_words: Numbers
    """By text; at least one."""

    @classmethod
    def of(cls, texts: Sequence[Worded]) -> Self:
        """Those of some texts."""
        return cls(
            *_hashed([text.marks for text in texts]),
            *_hashed([text.line.split(" ") for text in texts]),
        )

    def bits(self, named: Hashes) -> tuple[Hashes, Hashes]:
        """The bits of each text's marks, and with them those of its words that are `named`."""
        marks = _either(_bit(self.marks), self.n_marks)
        of_words = _bit(self.words) * np.isin(self.words, named)
        return marks, marks | _either(of_words, self.n_words)


@dataclass(frozen=True, slots=True)
class MarkBits:
    """The numbers and names of many texts as bits, to tell at a glance which texts differ in them.

    A Bloom filter of 64 bits each for a text's marks and for those of its words that are marks
    anywhere: what it takes for different is, and of what it lets pass little is not.
    """

    marks: Hashes
    words: Hashes

    @classmethod
    def of(cls, texts: Sequence[Worded]) -> Self:
        """Those of texts that are all there are."""
        hashes = MarkHashes.of(texts)
        return cls(*hashes.bits(np.unique(hashes.marks)))

    def some(self, texts: Numbers) -> "MarkBits":
        """Those of some of the texts."""
        return MarkBits(self.marks[texts], self.words[texts])

    def agree(self, ones: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
        """Whether two texts may agree, pair by pair; the numbers may be broadcast."""
        lacked_there = self.marks[ones] & ~self.words[others]
        lacked_here = self.marks[others] & ~self.words[ones]
        return np.asarray((lacked_there == 0) | (lacked_here == 0))


def _hashed(texts: Sequence[Collection[str]]) -> tuple[Hashes, Numbers]:
    words = [*chain.from_iterable(texts)]
    codes = {word: zlib.crc32(word.encode(errors="surrogatepass")) for word in set(words)}
    counts = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.fromiter(map(codes.__getitem__, words), np.uint64, len(words)), counts


def _bit(hashes: Hashes) -> Hashes:
    return np.uint64(1) << (hashes % np.uint64(64))


def _either(bits: Hashes, counts: Numbers) -> Hashes:
    """The bits of each text together."""
    return np.bitwise_or.reduceat(bits, np.cumsum(counts) - counts) if len(counts) else bits


def _marks(text: str) -> frozenset[str]:
    found = {f"\0{sign}" for sign in _OPERATOR.findall(text)}
    if not _PERHAPS.search(text):  # most have none, and this is quicker seen
        return frozenset(found)
    text = text.lower() if text.isupper() else text  # capitals that tell nothing
    return frozenset(found.union(word for mark in _MARK.findall(text) for word in words(mark)))
