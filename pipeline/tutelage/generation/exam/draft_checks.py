"""What a drafted question must be before anyone is asked to answer it."""

from dataclasses import dataclass, field

from tutelage.core.language.language_guess import language_of
from tutelage.core.language.number_words import number_words
from tutelage.core.text import agrees, content_stems, plain
from tutelage.curation.duplicates.marks import worded
from tutelage.curation.duplicates.shingles import similarity
from tutelage.curation.filters.closed_book import has_name, points_at_text, unnamed
from tutelage.generation.methods.statement_questions import no_question
from tutelage.generation.statement_index import StatementIndex
from tutelage.taxonomy.documents.statements import Statement
from tutelage.taxonomy.leaf import Leaf
from tutelage.verifiers.accept import accepted

_ALIKE = 0.7
"""The likeness from which on two questions are one."""
_MORE = 2
"""Content words of an answer from the passage that neither the question nor the drafted answer has,
at most."""


@dataclass
class QuestionChecks:
    """The checks of one leaf's questions; knows what its examples ask already."""

    leaf: Leaf
    index: StatementIndex
    _asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._asked += [seed.question for seed in self.leaf.seeds if not seed.is_blank]
        self._asked += [one.question for one in self.leaf.eval_examples if not one.is_blank]
        self._documents = "\n".join(document.text for document in self.leaf.documents)

    def named(self, question: str, statement: Statement) -> str:
        """The question with its document's title before it, where it names nothing itself."""
        around = f"{statement.title} {' '.join(statement.headings)}"
        says = set(content_stems(question)) & set(content_stems(around))
        if says or has_name(question) or not statement.headings:
            return question
        return f"{statement.title}: {question}"

    def problem(self, question: str, answer: str, statement: Statement) -> str | None:
        """Why a question does not stand alone, asks for something else, or was asked before."""
        if reason := no_question(question):
            return reason
        if answer and accepted(question, [answer]):
            return "tells its answer"
        place = self.index.place(statement.id)
        if reason := self.index.verdict(question, place, answer):
            return f"unclear: {reason}"
        if self.index.about(question, place) != place:
            return "unclear: another statement suits it better"
        if reason := points_at_text(question, self._documents) or unnamed(question, ""):
            return f"does not stand alone: it {reason}"
        return None

    def repeated(self, question: str) -> str | None:
        """Why a question is no new one; else it is known from now on."""
        new = worded(question)
        if any(similarity(new, worded(old)) >= _ALIKE for old in self._asked):
            return "asked already"
        self._asked.append(question)
        return None


def alike(reply: str, question: str, answer: str) -> bool:
    """Whether an answer from the passage says what was drafted, and little beside it.

    What the question says already is repeated by whoever answers in a whole sentence.
    """
    if not accepted(reply, [answer]) and not agrees(reply, answer):
        return False
    new = set(content_stems(reply)) - set(content_stems(question)) - set(content_stems(answer))
    return len(new) <= _MORE


def other_forms(answer: str) -> list[str]:
    """Other ways to write an answer: a small number in words (`8 cups`, `eight cups`)."""
    spelt = {digits: word for word, digits in number_words(language_of(answer)).items()}
    spelt = spelt or {digits: word for word, digits in number_words("en").items()}
    said = [spelt.get(word, word) for word in answer.split()]
    other = " ".join(said)
    return [other] if plain(other) != plain(answer) else []
