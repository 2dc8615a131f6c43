"""How texts are compared by their wording: plain forms, words, phrases, sentences, stems."""

import unicodedata
from functools import lru_cache

import regex
import snowballstemmer

# Scripts written without spaces: each character is a word, and a phrase may start anywhere.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_LETTER = rf"(?:(?!{_UNSPACED})[\p{{L}}\p{{M}}])"
_WORD = regex.compile(
    rf"{_UNSPACED}|\p{{N}}+(?:[.,:]\p{{N}}+)*|{_LETTER}+(?:'{_LETTER}+)*",
)
_RUN = regex.compile(rf"{_UNSPACED}|(?:(?!{_UNSPACED})\S)+")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")
_BOUND = regex.compile(rf"(?!{_UNSPACED})\w")
_SENTENCE_END = regex.compile(
    r"[.!?\u2026]+[\"')\]]*(?=\s|$)|[\u3002\uff01\uff1f]+[\u300d\u300f]*|\n\s*\n|$"
)
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen, joiners, marks of no width
# Read after NFKC, which has made hyphens that break no line (U+2011) U+2010.
_SIGNS = str.maketrans("\u2018\u2019\u201c\u201d\u2212\u2010", "''\"\"--", _UNSEEN)

_COUNTING = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
"""
_FUNCTION_WORDS = """
a about after all also am an and any are as at be because been before being but by call called can
could did do does doing done during each for from get had has have having he her here hers him his
how i if in into is it its itself just kind many may me might more most much must my name named no
nor not of often on only or other our out over own please put same shall she should so some such
than that the their them then there these they this those through to too under until up us very was
we were what when where which while who whom whose why will with would you your
it's that's what's don't doesn't didn't isn't aren't wasn't can't won't
"""
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_COUNTING.split())}
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
"""English words that carry no content of their own; in other languages every word counts."""


def plain(text: str) -> str:
    """Compatibility forms resolved, case folded, straight quotes, single spaces, nothing unseen."""
    folded = unicodedata.normalize("NFKC", text).translate(_SIGNS).casefold()
    return " ".join(folded.split())


def words(text: str) -> list[str]:
    """The words of the plain text; numbers keep inner points and commas, hyphens part words."""
    return _WORD.findall(plain(text))


def count_words(text: str) -> int:
    """Words as a reader counts them: runs between spaces that hold a letter or digit."""
    return sum(1 for run in _RUN.finditer(text) if _LETTER_OR_DIGIT.search(run.group()))


def has_phrase(text: str, phrase: str) -> bool:
    """Whether `phrase` stands in `text` as whole words, in any case."""
    return has_verbatim(plain(text), plain(phrase))


def has_verbatim(text: str, phrase: str) -> bool:
    """Whether `phrase` stands in `text` as whole words, letter for letter."""
    return _find(text, phrase) is not None


def find_phrase(text: str, phrase: str) -> str | None:
    """`phrase` as it stands in `text`, as whole words in any case; None where it does not."""
    wanted = phrase.strip().strip("*\"'[]").rstrip(".").strip()
    start = _find(_lower(text), _lower(wanted))
    return None if start is None else text[start : start + len(wanted)]


def agrees(answer: str, reference: str) -> bool:
    """Whether two short answers say the same: the content words of one are among the other's."""
    ours, theirs = set(content_stems(answer)), set(content_stems(reference))
    if not ours or not theirs:
        return plain(answer) == plain(reference)
    return ours <= theirs or theirs <= ours


def starts_with(text: str, phrase: str) -> bool:
    """Whether `text` begins with `phrase`, as whole words and in any case."""
    whole, wanted = plain(text), plain(phrase)
    return whole.startswith(wanted) and _stands_alone(whole, 0, len(wanted))


def ends_with(text: str, phrase: str) -> bool:
    """Whether `text` ends with `phrase`, as whole words and in any case."""
    whole, wanted = plain(text), plain(phrase)
    return whole.endswith(wanted) and _stands_alone(whole, len(whole) - len(wanted), len(whole))


def sentences(text: str) -> list[str]:
    """Sentences, cut after closing punctuation and at blank lines; abbreviations are not known."""
    found, start, seen, worded = [], 0, 0, False
    for end in _SENTENCE_END.finditer(text):
        worded = worded or _LETTER_OR_DIGIT.search(text, seen, end.end()) is not None
        seen = end.end()
        if worded:
            found.append(text[start:seen].strip())
            start, worded = seen, False
    return found


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry content, number words as digits, in their order."""
    return [stem(word) for word in words(text) if word not in STOP_WORDS]


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of one plain word; a number word gives its digits."""
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    return str(_stemmer().stemWord(word.removesuffix("'s")))


@lru_cache(maxsize=1)
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


def _find(text: str, phrase: str) -> int | None:
    """Where a phrase first stands as whole words. No pattern: these grow slow on long phrases."""
    start = text.find(phrase) if phrase else -1
    while start >= 0:
        if _stands_alone(text, start, start + len(phrase)):
            return start
        start = text.find(phrase, start + 1)
    return None


def _lower(text: str) -> str:
    """In lower case, letter by letter, so that positions stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether neither end of a stretch cuts a word in two."""
    cuts_before = start > 0 and _joined(text[start - 1 : start + 1])
    return not cuts_before and not (end < len(text) and _joined(text[end - 1 : end + 1]))


def _joined(pair: str) -> bool:
    return all(_BOUND.match(letter) for letter in pair)
