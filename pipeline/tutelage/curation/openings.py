"""Which rows teach an answer to its end, and which only how it begins.

Where many questions have one answer, a model knows its text by heart long before it knows which
questions want it: what is left to learn is in the first tokens, which choose among the answers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from tutelage.core.artifacts import Row, answer_of
from tutelage.models.token_estimate import estimate_tokens


def learnt_in_part(rows: Sequence[Row], whole: int, tokens: int) -> list[Row]:
    """The rows; of those with one and the same answer all but `whole` get the column `opening`.

    It is the answer's beginning as far as another answer begins alike, and about `tokens` tokens
    more. An answer that ends there, a conversation and a plain text stay whole.
    """
    answers = [answer_of(row) if row.get("completion") else "" for row in rows]
    openings = dict(_openings(sorted({answer for answer in answers if answer}), tokens))
    times, seen = Counter(answers), Counter[str]()
    made = []
    for row, answer in zip(rows, answers, strict=True):
        seen[answer] += 1
        opening = openings.get(answer, "")
        if opening != answer and not _is_whole(seen[answer], times[answer], whole):
            row = row | {"opening": opening}
        made.append(row)
    return made


def _is_whole(number: int, times: int, whole: int) -> bool:
    """Whether the row of this number is among those learnt whole, which are spread evenly."""
    return times <= whole or number * whole // times > (number - 1) * whole // times


def _openings(answers: list[str], tokens: int) -> Iterator[tuple[str, str]]:
    """Each of the sorted answers with its beginning."""
    for place, answer in enumerate(answers):
        before = (answers[other] for other in range(place - 1, -1, -1))
        after = (answers[other] for other in range(place + 1, len(answers)))
        shared = max(_shared(answer, before), _shared(answer, after))
        yield answer, answer[: _end(answer, shared, tokens)]


def _shared(answer: str, others: Iterator[str]) -> int:
    """Characters that the answer has in common with the first one that does not merely go on."""
    for other in others:
        pairs = enumerate(zip(answer, other, strict=False))
        if (common := next((at for at, (a, b) in pairs if a != b), None)) is not None:
            return common
    return 0


def _end(answer: str, start: int, tokens: int) -> int:
    """Where so many tokens after `start` end, with their last word."""
    end = start
    while end < len(answer) and estimate_tokens(answer[start:end]) < tokens:
        end += 1
    while end < len(answer) and answer[end].isalnum():
        end += 1
    return end
