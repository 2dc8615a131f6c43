"""How far a reply is a reference answer: exact match and token F1, as SQuAD defines them."""

import re
import string
from collections import Counter
from collections.abc import Iterable

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalised(text: str) -> str:
    """Lower case, without punctuation, articles and extra spaces.

    The normalisation of SQuAD's evaluation script v1.1 (Rajpurkar et al. 2016, arXiv:1606.05250),
    made for English.
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, accept: Iterable[str]) -> bool:
    """Whether the whole normalised answer is one of the accepted texts."""
    return normalised(answer) in {normalised(text) for text in accept}


def token_f1(answer: str, accept: Iterable[str]) -> float:
    """The harmonic mean of precision and recall of tokens, for the accepted text it suits best.

    Tokens are parted at spaces, so a language written without them counts a phrase as one token.
    """
    tokens = normalised(answer).split()
    return max((_f1(tokens, normalised(text).split()) for text in accept), default=0.0)


def _f1(found: list[str], wanted: list[str]) -> float:
    if not found or not wanted:
        return float(found == wanted)
    same = (Counter(found) & Counter(wanted)).total()
    return 2 * same / (len(found) + len(wanted))
