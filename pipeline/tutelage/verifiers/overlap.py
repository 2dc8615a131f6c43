"""How far a reply is a reference answer: exact match and token F1, as SQuAD defines them."""

import re
import string
from collections import Counter
from collections.abc import Iterable

from tutelage.core.language.numerals import plain_numbers

_SIGNS = f"[{re.escape(string.punctuation)}]+"
_PUNCTUATION = re.compile(rf"((?<=\d){_SIGNS}(?=\d))|{_SIGNS}")
_ARTICLES = re.compile(r"\b(a|an|the)\s+(?=\S)")


def normalised(text: str) -> str:
    """Lower case, without punctuation, articles and extra spaces.

    The normalisation of SQuAD's evaluation script v1.1 (Rajpurkar et al. 2016, arXiv:1606.05250),
    made for English words. Other than there, numbers keep their value (3.5 is not 35, -5 not 5, 8.0
    is 8), an article stays where nothing follows it ("A", "vitamin A"), and a text of punctuation
    alone stays as it is: they are the answer.
    """
    plain = plain_numbers(text).lower()
    return " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub(r"\1", plain)).split()) or plain.strip()


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
