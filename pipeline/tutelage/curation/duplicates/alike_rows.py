"""Rows that ask what an earlier row of their leaf asks already, by wording or by meaning."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from tutelage.core.artifacts import Row, is_plain_text, question_of
from tutelage.curation.duplicates import cosine
from tutelage.curation.duplicates import wording_join as join
from tutelage.curation.duplicates.marks import MarkBits, worded
from tutelage.curation.duplicates.shingles import Found
from tutelage.curation.duplicates.task_opening import opening, without
from tutelage.curation.duplicates.wording_join import Spared
from tutelage.curation.embeddings.embed import embed


def near_duplicates(rows: Sequence[Row], threshold: float) -> list[Found]:
    """By row: the first earlier one of its leaf that asks nearly the same words, if any.

    Likeness is the Jaccard similarity of character shingles, without the opening that the leaf's
    questions share. Attempts at one prompt (`prompt_id`) are no duplicates of each other.
    """

    def among(questions: list[str], same_group: Spared) -> list[Found]:
        return join.alike_before([worded(text) for text in questions], threshold, same_group)

    return _by_leaf(rows, among)


def semantic_duplicates(rows: Sequence[Row], threshold: float, embedder: str) -> list[Found]:
    """The same by the cosine similarity of embeddings; numbers and names still must agree."""

    def among(questions: list[str], same_group: Spared) -> list[Found]:
        texts = [worded(text) for text in questions]

        def spared(earlier: int, later: int) -> bool:
            return texts[earlier].differs(texts[later]) or same_group(earlier, later)

        vectors = embed(questions, embedder)
        return cosine.alike_before(vectors, MarkBits.of(texts), threshold, spared)

    return _by_leaf(rows, among)


def asked(row: Row) -> str:
    """All turns before the answer: `And in winter?` depends on what was asked before; of a plain
    text all of it."""
    if is_plain_text(row):
        return str(row["text"])
    turns = row.get("prompt") or row.get("messages") or []
    if not isinstance(turns, list):
        return question_of(row)
    if not row.get("prompt") and turns and turns[-1]["role"] == "assistant":
        turns = turns[:-1]
    return "\n".join(str(turn["content"]) for turn in turns if turn["role"] != "system")


def same_group(row: Row, other: Row) -> bool:
    """Whether two rows are attempts at one prompt."""
    return row.get("prompt_id") is not None and row.get("prompt_id") == other.get("prompt_id")


def leaves_of(rows: Sequence[Row]) -> Iterator[list[int]]:
    """The numbers of the rows of each leaf."""
    by_leaf: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_leaf[str(row.get("leaf", ""))].append(number)
    yield from by_leaf.values()


def asked_in_leaf(rows: Sequence[Row]) -> list[str]:
    """What the rows of one leaf ask, without the opening that they share."""
    questions = [asked(row) for row in rows]
    form = opening(questions)
    return [without(form, question) for question in questions]


def _by_leaf(rows: Sequence[Row], among: Callable[[list[str], Spared], list[Found]]) -> list[Found]:
    found: list[Found] = [None] * len(rows)
    for numbers in leaves_of(rows):
        part = [rows[number] for number in numbers]

        def spared(earlier: int, later: int, part: list[Row] = part) -> bool:
            return same_group(part[earlier], part[later])

        for number, match in zip(numbers, among(asked_in_leaf(part), spared), strict=True):
            found[number] = (numbers[match[0]], match[1]) if match else None
    return found
