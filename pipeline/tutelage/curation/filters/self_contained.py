"""Drops rows whose question cannot be asked without its passage: it speaks of `the text`.

Whoever is trained or examined does not see the passage. Large languages are known; in others the
filter keeps what it cannot tell.
"""

import regex

from tutelage.core.artifacts import Row, question_of
from tutelage.core.text import words
from tutelage.curation.filters.row_filter import RowFilter, Scope

_TEXTS = {
    "en": "text passage sentence paragraph article document excerpt extract context statement"
    " author writer speaker narrator",
    "de": "Text Textabschnitt Abschnitt Absatz Passage Satz Artikel Dokument Auszug Kontext Autor",
    "fr": "texte passage paragraphe article document extrait contexte auteur",
    "es": "texto pasaje párrafo artículo documento fragmento extracto contexto autor",
    "it": "testo brano paragrafo articolo documento estratto contesto autore",
    "pt": "texto trecho parágrafo artigo documento excerto contexto autor",
    "nl": "tekst passage alinea artikel document fragment context auteur",
}
_POINTS = {
    "en": r"(?:(?:according to|as|based on|by|from|in|of|within|does|do|did) (?:the|this|that)"
    r"(?: (?:above|following|given|provided|short|whole))?"
    r"|(?:this|the (?:above|following|given|provided))) {text}",
    "de": r"(?:laut|gemäß|nach|aus|in|im|des|dem|diese[mrsn]?)"
    r"(?: (?:dem|der|diesem|dieser|obigen|folgenden))* {text}s?",
    "fr": r"(?:selon|d'après|dans|du|de|ce|cet) ?(?:le |la |l'|ce |cet |cette )?{text}",
    "es": r"(?:según|en|del|de|este) ?(?:el |la |este |esta )?{text}",
    "it": r"(?:secondo|nel|nell'|del|dell'|questo) ?(?:il |lo |l'|questo )?{text}",
    "pt": r"(?:segundo|no|do|neste|deste|este|conforme) ?(?:o |este )?{text}",
    "nl": r"(?:volgens|in|uit|van|deze|dit) ?(?:de |het |deze |dit )?{text}",
}
_ELSEWHERE = regex.compile(
    r"(?:文中|本文|上文|原文|这段(?:话|文字)|(?:根据|依据)(?:上述|以上)?(?:文章|文本|段落|材料|短文)"
    r"|この(?:文章|文|段落|記事)|上の文|文章(?:による|によれば)|본문|이 글|윗글|지문에"
    r"|в (?:этом )?(?:тексте|отрывке|документе|абзаце|статье)|согласно (?:тексту|отрывку|документу)"
    r"|(?:في|حسب|وفق\S*) (?:هذا )?(?:النص|المقال|الفقرة|المقطع)|(?:ب|ל)?הטקסט|इस (?:पाठ|अनुच्छेद|लेख))"
)

_ITS = r"\s+(?:of|de|du|des|d'|del|della|di|da|do|der|von|van)\b"
"""`In the context of winter` points at no text."""


class SelfContained(RowFilter):
    """The question does not point at `the text`, unless its passage is about a text itself."""

    def check(self, row: Row, scope: Scope) -> str | None:
        """Quotes what points at the text."""
        question = question_of(row)
        passage = set(words(f"{row.get('headings') or ''} {row.get('context') or ''}"))
        for found in _PATTERN.finditer(question):
            noun = next(part for part in found.groups() if part)
            if noun.casefold() not in passage:
                return f"self_contained: the question speaks of '{found.group().strip()}'"
        if other := _ELSEWHERE.search(question):
            return f"self_contained: the question speaks of '{other.group()}'"
        return None


def _pattern() -> "regex.Pattern[str]":
    parts = []
    for language, phrase in _POINTS.items():
        nouns = "|".join(_TEXTS[language].split())
        parts.append(rf"\b{phrase.format(text=f'({nouns})')}\b(?!{_ITS})")
    return regex.compile("|".join(parts), regex.IGNORECASE)


_PATTERN = _pattern()
