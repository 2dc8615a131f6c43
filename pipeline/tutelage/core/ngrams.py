"""Hashed character n-grams of many texts at once, in numpy: what is compared of their wording."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tutelage.core.text import words

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def plain_line(text: str) -> str:
    """The words of a text, a space between them; of one without words, its signs."""
    return " ".join(words(text)) or text.strip()


def grams(lines: Sequence[str], size: int) -> tuple[Hashes, Numbers]:
    """The 64-bit hash of each run of `size` characters, and the number of its line.

    In the order of the lines and their characters, repeats included. A line shorter than `size` is
    one gram.
    """
    padded = [line.ljust(size, "\0") for line in lines]
    letters = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    counts = lengths - size + 1
    rows = np.repeat(np.arange(len(padded)), counts)
    # A line's first gram starts at its first letter; the `size - 1` letters at its end start none.
    starts = np.arange(len(rows)) + rows * (size - 1)
    hashes = np.zeros(len(rows), np.uint64)
    for step in range(size):
        hashes = (hashes + letters[starts + step]) * _FACTOR
    return mixed(hashes), rows


def mixed(hashes: Hashes) -> Hashes:
    """Every bit made to depend on every other (the finaliser of SplitMix64, Steele et al. 2014)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
