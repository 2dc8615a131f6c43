"""A question made of a sentence by rule: a question word takes the place of a span, or leads it.

English. It need not be good English: what it must have is the words by which people would ask.
"""

import random

import regex

from tutelage.taxonomy.documents.spans import answer_spans

_CLAUSE_END = regex.compile(r"[;!?()]|[,:.](?!\p{N})")
"""A sign that ends a clause; one inside a number (`12,000`, `99.7`, `8:30`) ends none."""
_AROUND = (2, 7)
"""Words of the sentence beside the span, on each side, at least and at most."""
_FEWEST = 3
"""Words of a clause with which a question can do without those of its neighbours."""
_IN_FRONT = 0.6
"""How often the question word stands first."""
_YEAR = regex.compile(r"1[0-9]{3}|20[0-9]{2}")
_TIME = regex.compile(r"\p{N}{1,2}[:.]\p{N}{2}.*")
_COUNTED = regex.compile(r"\p{N}[\p{N}.,–-]*\s(?P<unit>\p{L}[\p{L}-]*)")


def span_question(text: str, draw: random.Random) -> str | None:
    """A question for a span of the sentence that `draw` chooses; None where there is none."""
    spans = answer_spans(text)
    if not spans:
        return None
    span = draw.choice(spans)
    before, _, after = text.partition(span)
    clause = _CLAUSE_END.split(before)[-1].split(), _CLAUSE_END.split(after)[0].split()
    whole = before.split(), after.split()
    left, right = clause if sum(map(len, clause)) >= _FEWEST else whole
    left, right = left[-draw.randint(*_AROUND) :], right[: draw.randint(*_AROUND)]
    word = question_word(span)
    if draw.random() < _IN_FRONT:
        asked = " ".join([word, *left, *right])
    else:
        asked = " ".join([*left, word, *right])
    asked = " ".join(_CLAUSE_END.sub(" ", asked).split())
    return f"{asked[:1].upper()}{asked[1:]}?"


def question_word(span: str) -> str:
    """What asks for a span: `how many metres`, `which year`, `who or what`."""
    if _YEAR.fullmatch(span):
        return "which year"
    if _TIME.fullmatch(span):
        return "what time"
    if counted := _COUNTED.fullmatch(span):
        return f"how many {counted.group('unit')}"
    if any(letter.isdigit() for letter in span):
        return "how much" if regex.search(r"[%$€£¥]", span) else "what number"
    return "who or what" if span[:1].isupper() else "what"
