"""What some languages write together with a word: Arabic and Hebrew before it, Korean after it."""

import regex

_ARABIC = regex.compile(
    "[\u0648\u0641]?(?:[\u0628\u0643\u0644]?\u0627\u0644|\u0644\u0644|[\u0628\u0644\u0643\u0633])?"
)
"""wa, fa; bi, ka, li and the article; lil; sa."""
_HEBREW = regex.compile(
    "\u05d5?(?:\u05db?\u05e9|\u05dc\u05db\u05e9)?[\u05d1\u05dc\u05de\u05db]?\u05d4?"
)
"""ve; she, kshe; be, le, mi, ke; ha."""
_KOREAN = regex.compile(
    "(?:들)?(?:은|는|이|가|을|를|의|에|도|만|과|와|로|으로|나|이나|랑|이랑|에서|에게|에게서|한테|께|께서|부터|까지|"
    "보다|처럼|마다|조차|마저|밖에|라고|이라고|에는|에도|에서는|에서도|로는|으로는|로도|까지는|부터는)?"
    "(?:이다|입니다|이에요|예요|이며|이고|인|이었다|였다|이었습니다|였습니다|입니까|인가요)?"
)
_SCRIPT_BEFORE = (
    (regex.compile(r"\p{Arabic}"), _ARABIC),
    (regex.compile(r"\p{Hebrew}"), _HEBREW),
)
_HANGUL = regex.compile(r"\p{Hangul}")
_FEWEST = 2
"""Letters of a word before which something may be written."""


def may_precede(letters: str, word: str) -> bool:
    """Whether these letters are articles, prepositions and the like before a word."""
    if not letters or len(word) < _FEWEST:
        return not letters
    return any(
        script.match(word) and pattern.fullmatch(letters) for script, pattern in _SCRIPT_BEFORE
    )


def may_follow(letters: str, word: str) -> bool:
    """Whether these letters are particles or endings after a word."""
    if not letters:
        return True
    return bool(_HANGUL.match(letters)) and _KOREAN.fullmatch(letters) is not None


def is_form_of(word: str, wanted: str) -> bool:
    """Whether a word is the one wanted, alone or with what its language attaches to it."""
    if word == wanted:
        return True
    if word.isascii():
        return False
    return (word.endswith(wanted) and may_precede(word[: -len(wanted)], wanted)) or (
        word.startswith(wanted) and may_follow(word[len(wanted) :], wanted)
    )
