"""Numbers and names: a question about Leeds is not one about Porto, however alike."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import regex

from tutelage.core.ngrams import Numbers
from tutelage.core.text import words

# A number, or a word with a capital that does not open a sentence.
_MARK = regex.compile(
    r"(?<=[\p{L}\p{N},;)'\"-]\s+)\p{Lu}[\p{L}\p{N}-]*|[\p{L}-]*\p{N}[\p{L}\p{N}.,:-]*"
)
_PERHAPS = regex.compile(r"\p{N}|\s\p{Lu}")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Worded:
    """A text as it is compared: its plain words, and which of them are numbers and names."""

    line: str
    """The words with a space between them; of a text without words, its signs."""
    marks: frozenset[str]

    def differs(self, other: "Worded") -> bool:
        """Whether each has a number or name that the other lacks."""
        return self.lacks(other.marks) and other.lacks(self.marks)

    def lacks(self, marks: frozenset[str]) -> bool:
        """Whether one of these marks is not among the words."""
        return bool(marks) and not marks <= set(self.line.split(" "))


def worded(text: str) -> Worded:
    """The text as it is compared."""
    found = words(text)
    return Worded(" ".join(found) or text.strip(), _marks(text))


class MarkBits:
    """The numbers and names of many texts as bits, to tell at a glance which texts differ in them.

    A Bloom filter of 64 bits each for a text's marks and for those of its words that are marks
    anywhere: what it takes for different is, and of what it lets pass little is not.
    """

    def __init__(self, texts: Sequence[Worded]) -> None:
        named = frozenset(mark for text in texts for mark in text.marks)
        bits = {w: 1 << (zlib.crc32(w.encode(errors="surrogatepass")) % 64) for w in named}
        self._marks = np.array([_either(bits, text.marks) for text in texts], np.uint64)
        in_words = (named.intersection(text.line.split(" ")) for text in texts)
        self._words = np.array([_either(bits, found) for found in in_words], np.uint64)

    def agree(self, ones: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
        """Whether two texts may agree, pair by pair; the numbers may be broadcast."""
        lacked_there = self._marks[ones] & ~self._words[others]
        lacked_here = self._marks[others] & ~self._words[ones]
        return np.asarray((lacked_there == 0) | (lacked_here == 0))


def _either(bits: Mapping[str, int], words: Iterable[str]) -> int:
    found = 0
    for word in words:
        found |= bits[word]
    return found


def _marks(text: str) -> frozenset[str]:
    if not _PERHAPS.search(text):  # most have none, and this is quicker seen
        return _NONE
    text = text.lower() if text.isupper() else text  # capitals that tell nothing
    return frozenset(word for mark in _MARK.findall(text) for word in words(mark))
