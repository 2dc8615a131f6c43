"""Distinct-n: how many of all n-grams are different ones (Li et al. 2016, arXiv:1510.03055)."""

from collections.abc import Sequence


def distinct(texts: Sequence[Sequence[str]], order: int) -> float | None:
    """Different n-grams over all n-grams of the texts, given as words; None where there is none.

    It falls with the number of words: compare sets of one size.
    """
    runs = [tuple(words[n : n + order]) for words in texts for n in range(len(words) - order + 1)]
    return len(set(runs)) / len(runs) if runs else None
