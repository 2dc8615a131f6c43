"""Self-BLEU: how well each text is predicted by the others (Zhu et al. 2018, arXiv:1802.01886).

The score of a text is what sacreBLEU's `sentence_bleu` (BLEU-4, effective order, exponential
smoothing) gives it with all others as references. A library reads every reference for every text;
here the two best counts of each n-gram are found once, so n texts cost n readings, not n * n.
"""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

ORDER = 4
Gram = tuple[str, ...]


def self_bleu(texts: Sequence[Sequence[str]]) -> float | None:
    """The mean over texts, given as words, from 0 (nothing in common) to 1; None under two texts.

    It rises with the number of texts: compare sets of one size.
    """
    if len(texts) < 2:
        return None
    counts = [_counts(words) for words in texts]
    most = _two_most(counts)
    lengths = sorted(len(words) for words in texts)
    scores = [
        _bleu(number, counts[number], most, len(words), _closest(lengths, len(words)))
        for number, words in enumerate(texts)
    ]
    return sum(scores) / len(scores)


def _counts(words: Sequence[str]) -> list[Counter[Gram]]:
    """By order, from 1: how often the text has each n-gram."""
    return [
        Counter(tuple(words[n : n + order]) for n in range(len(words) - order + 1))
        for order in range(1, ORDER + 1)
    ]


def _two_most(counts: Sequence[Sequence[Counter[Gram]]]) -> dict[Gram, tuple[int, int, int]]:
    """By n-gram: the highest count in any one text, that text, and the highest in another."""
    most: dict[Gram, tuple[int, int, int]] = {}
    for number, by_order in enumerate(counts):
        for grams in by_order:
            for gram, count in grams.items():
                best, holder, second = most.get(gram, (0, -1, 0))
                if count > best:
                    most[gram] = (count, number, best)
                elif count > second:
                    most[gram] = (best, holder, count)
    return most


def _bleu(
    number: int,
    counts: Sequence[Counter[Gram]],
    most: dict[Gram, tuple[int, int, int]],
    length: int,
    reference_length: int,
) -> float:
    logs: list[float] = []
    halves = 1.0
    for grams in counts:
        total = sum(grams.values())
        if not total:
            break
        right = sum(min(count, _elsewhere(most[gram], number)) for gram, count in grams.items())
        if not right:
            if not logs:  # not a word in common
                return 0.0
            halves *= 2
        logs.append(math.log(right / total if right else 1 / (halves * total)))
    if not logs:
        return 0.0
    brevity = min(1.0, math.exp(1 - reference_length / length))
    return brevity * math.exp(sum(logs) / len(logs))


def _elsewhere(entry: tuple[int, int, int], number: int) -> int:
    best, holder, second = entry
    return second if holder == number else best


def _closest(lengths: Sequence[int], length: int) -> int:
    """The length nearest to `length` among the others', the shorter of two as near."""
    place = bisect_left(lengths, length)
    others = [*lengths[max(0, place - 1) : place], *lengths[place + 1 : place + 2]]
    return min(others, key=lambda other: (abs(other - length), other))
