"""Words that turn a statement round: `allowed` and `not allowed` say the opposite."""

from collections.abc import Sequence

import regex

from tutelage.core.text import plain, words

_WORDS = """
not no never none nobody nothing nowhere neither nor without cannot
ain't aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mustn't needn't
shouldn't wasn't weren't won't wouldn't
nicht kein keine keinen keinem keiner keines nie niemals niemand niemanden niemandem nichts ohne
pas jamais aucun aucune sans personne
nunca ningún ninguna ninguno nadie nada
mai nessun nessuna nessuno niente senza
não nunca nenhum nenhuma ninguém sem
niet geen nooit niemand niets zonder
inte ikke ingen inget inga aldrig aldri utan uden uten
nie nigdy nikt nic bez nikdy nikdo
не нет нет никогда никто ничего нельзя без ні немає ніколи
değil yok hiç asla
لا ليس ليست لم لن غير بدون
לא אין בלי
नहीं मत
δεν μην όχι ποτέ κανείς χωρίς
"""
_NEGATIONS = frozenset(_WORDS.split()) - {"mai", "sem", "nic"}
"""Those apart that are another word in another of these languages."""
_INSIDE = regex.compile(
    r"不|没|沒|無|无|未|非|别|勿|ない|ません|なかっ|ずに|않|없|못|안 |아니|ไม่|không|chưa"
)
"""Of languages that write no spaces between words or put the negation into a word."""


def negations(text: str) -> frozenset[str]:
    """The words of negation in a text."""
    found = {word for word in words(text) if word in _NEGATIONS or word.endswith("n't")}
    return frozenset(found | set(_INSIDE.findall(plain(text))))


def is_negated(text: str, found: Sequence[str]) -> bool:
    """Whether a text, whose words are `found`, has a word of negation."""
    if not _NEGATIONS.isdisjoint(found) or "n't" in text:
        return True
    return not text.isascii() and _INSIDE.search(plain(text)) is not None
