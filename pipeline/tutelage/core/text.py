"""How texts are compared by their wording: plain forms, words, phrases, sentences, stems."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import regex

from tutelage.core.language import stems
from tutelage.core.language.attached import may_follow, may_precede
from tutelage.core.language.function_words import function_words, in_own_letters
from tutelage.core.language.letters import SPACED_LETTER, UNSPACED, VOWEL_SIGNS
from tutelage.core.language.number_words import number_words
from tutelage.core.language.numerals import ascii_digits
from tutelage.core.language.sentences import sentences as sentences_of

# Scripts written without spaces: each character is a word, and a phrase may start anywhere.
_WORD = regex.compile(
    rf"{UNSPACED}\p{{M}}*|\p{{N}}+(?:[.,:]\p{{N}}+)*|{SPACED_LETTER}+(?:'{SPACED_LETTER}+)*",
)
_ASCII_WORD = re.compile(r"[0-9]+(?:[.,:][0-9]+)*|[a-z]+(?:'[a-z]+)*")
"""The same for plain text of ASCII letters, twice as fast."""
_RUN = regex.compile(rf"{UNSPACED}\p{{M}}*|(?:(?!{UNSPACED})\S)+")
_LETTER_OR_DIGIT = regex.compile(r"[\p{L}\p{N}]")
_BOUND = regex.compile(rf"(?!{UNSPACED})[\w\p{{M}}]")
_PARAGRAPHS = regex.compile(r"\n\s*\n")
# Soft hyphen, joiners, marks of no width; signs for vowels.
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff" + VOWEL_SIGNS
# Read after NFKC, which has made hyphens that break no line (U+2011) U+2010.
_SIGNS = str.maketrans("\u2018\u2019\u201c\u201d\u2212\u2010", "''\"\"--", _UNSEEN)

NUMBER_WORDS = number_words("en")
STOP_WORDS = function_words("en")
"""English words that carry no content of their own; `function_words` has those of others."""


def plain(text: str) -> str:
    """The text as it is compared.

    Compatibility forms resolved, case folded, straight quotes, ASCII digits, single spaces, nothing
    unseen.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", ascii_digits(text)).translate(_SIGNS).casefold()
    return " ".join(folded.split())


def words(text: str) -> list[str]:
    """The words of the plain text; numbers keep inner points and commas, hyphens part words."""
    compared = plain(text)
    return (_ASCII_WORD if compared.isascii() else _WORD).findall(compared)


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


def replace_phrase(text: str, phrase: str, new: str) -> str:
    """`text` with `new` wherever `phrase` stands as whole words, in any case.

    A capital that only the place asked for, as at a sentence's start, is kept.
    """
    found, end = "", 0
    for start in _places(_lower(text), _lower(phrase)):
        raised = text[start].isupper() and not phrase[0].isupper()
        found += text[end:start] + (new[0].upper() + new[1:] if raised else new)
        end = start + len(phrase)
    return found + text[end:]


def misplaced_phrase(text: str, phrases: Sequence[str]) -> int | None:
    """The first phrase, by number, that does not stand in `text` after those before it.

    Whole words, in any case; None where all stand in their order.
    """
    whole, end = plain(text), 0
    for number, phrase in enumerate(map(plain, phrases)):
        start = _find(whole, phrase, end)
        if start is None:
            return number
        end = start + len(phrase)
    return None


def count_phrase(text: str, phrase: str) -> int:
    """How often `phrase` stands in `text`, as whole words, in any case and without overlap."""
    return sum(1 for _ in _places(plain(text), plain(phrase)))


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
    """The sentences of every paragraph; what ends them is known for all scripts."""
    return [one for part in _PARAGRAPHS.split(text) for one in sentences_of(part)]


def content_stems(text: str, language: str | None = None) -> list[str]:
    """Stems of the words that carry content, number words as digits, in their order.

    Each script has its stemmer and function words. In Latin letters these are English, or those of
    the `language` given: pass `language_of(passage)` where texts are compared with a passage.
    """
    code = language or "en"
    without = function_words(code) | in_own_letters()
    return [stem(word, code) for word in words(text) if word not in without]


def stem(word: str, language: str = "en") -> str:
    """The stem of one plain word; a number word gives its digits."""
    return number_words(language).get(word) or stems.stem(word, language)


def _find(text: str, phrase: str, begin: int = 0) -> int | None:
    """Where a phrase first stands as whole words, from `begin` on.

    No pattern: these grow slow on long phrases.
    """
    start = text.find(phrase, begin) if phrase else -1
    while start >= 0:
        if _stands_alone(text, start, start + len(phrase)):
            return start
        start = text.find(phrase, start + 1)
    return None


def _places(text: str, phrase: str) -> Iterator[int]:
    """Where a phrase stands as whole words, without overlap."""
    end = 0
    while (start := _find(text, phrase, end)) is not None:
        yield start
        end = start + len(phrase)


def _lower(text: str) -> str:
    """In lower case, letter by letter, so that positions stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether neither end of a stretch cuts a word in two, but for what a language attaches."""
    first, last = start, end
    while first > 0 and _joined(text[first - 1 : first + 1]):
        first -= 1
    while last < len(text) and _joined(text[last - 1 : last + 1]):
        last += 1
    if (first, last) == (start, end):
        return True
    phrase = text[start:end]
    return may_precede(text[first:start], phrase) and may_follow(text[end:last], phrase)


def _joined(pair: str) -> bool:
    return all(_BOUND.match(letter) for letter in pair)
