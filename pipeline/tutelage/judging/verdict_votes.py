"""Several verdicts of a judge on one answer: it reasons anew each time, and the mean grade counts.

A generative verifier with votes (Zhang et al. 2024, arXiv:2408.15240): one verdict is greedy, more
are drawn at a temperature.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tutelage.accounting.ledger import Usage
from tutelage.contract.context import Context
from tutelage.judging.grading import Item
from tutelage.judging.rubric import Rubric
from tutelage.judging.verdict_form import read_verdict
from tutelage.models.chat import Completion, Request, Sampling, unusable
from tutelage.models.model import Model

_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Votes:
    """What was said of one answer."""

    share: float | None
    """The mean grade of the verdicts that could be read, from 0 (lowest) to 1; None of none."""
    unreadable: int
    usage: Usage


def vote_on(
    context: Context, judge: Model, rubric: Rubric, items: Sequence[Item], votes: int = 1
) -> dict[str, Votes]:
    """So many verdicts on each item, by its id."""
    requests = [
        Request(
            f"{item.id}#{vote}",
            rubric.ask(asdict(item)),
            _sampling(context, rubric, item.id, vote, votes),
            item.leaf,
        )
        for item in items
        for vote in range(votes)
    ]
    answers = context.answers(judge, requests, judging=True) if requests else {}
    return {
        item.id: _votes(rubric, [answers[f"{item.id}#{vote}"] for vote in range(votes)])
        for item in items
    }


def _sampling(context: Context, rubric: Rubric, name: str, vote: int, votes: int) -> Sampling:
    if votes == 1:
        return Sampling(rubric.max_tokens)
    seed = context.seed_for("vote", name, vote)
    return Sampling(rubric.max_tokens, _TEMPERATURE, seed=seed)


def _votes(rubric: Rubric, answers: Sequence[Completion]) -> Votes:
    read = [grade for answer in answers if (grade := _grade(rubric, answer)) is not None]
    lowest, highest = min(rubric.scale), max(rubric.scale)
    shares = [(grade - lowest) / (highest - lowest) for grade in read]
    share = sum(shares) / len(shares) if shares else None
    usage = sum((answer.usage for answer in answers), Usage())
    return Votes(share, len(answers) - len(read), usage)


def _grade(rubric: Rubric, answer: Completion) -> int | None:
    if unusable(answer):
        return None
    words = tuple(str(grade) for grade in rubric.scale)
    found = read_verdict(answer.text, "Grade", words, explained=bool(answer.reasoning))
    return None if found.word is None else int(found.word)
