"""Words with which a sentence points back to the one before it, by language.

Closed classes of grammar: personal and possessive pronouns of the third person, demonstratives and
adverbs that stand for a place, time or reason named before. An article that is written as a pronoun
is none here (French `le`), nor is a word that mostly joins clauses of its own sentence.
"""

PERSONAL = {
    "en": "it they he she its their his her them him",
    "de": "er sie es ihr ihre ihren ihrem ihrer sein seine seinen seinem seiner",
    "fr": "il elle ils elles son sa ses leur leurs",
    "es": "él ella ellos ellas su sus",
    "it": "egli ella esso essa essi esse lui lei loro suo sua suoi sue",
    "pt": "ele ela eles elas seu sua seus suas",
    "nl": "hij zij ze",
}
"""Pronouns of the third person, as one string a language."""

POINTING = {
    "en": "this these those both such there then that here otherwise one",
    "de": "dies diese dieser dieses diesen diesem beide dort hier dabei dafür davon dazu danach "
    "damit darin daran darauf deshalb daher sonst dann",
    "fr": "ce cela ceci cet cette ces celui celle ceux celles celui-ci celle-ci là ici alors sinon",
    "es": "esto este esta estos estas eso ese esa esos esas ambos allí ahí aquí entonces",
    "it": "questo questa questi queste quello quella quelli quelle ciò entrambi lì là qui allora",
    "pt": "isto este esta estes estas isso esse essa esses essas ambos ali aí lá aqui então",
    "nl": "dit dat deze die beide daar hier dan daarom anders",
}
"""Other words that stand for something named before."""


def personal(language: str) -> frozenset[str]:
    """The personal pronouns of a language, none where it is not listed."""
    return frozenset(PERSONAL.get(language, "").split())


def pointing(language: str) -> frozenset[str]:
    """All words that point back at the beginning of a sentence."""
    return personal(language) | frozenset(POINTING.get(language, "").split())
