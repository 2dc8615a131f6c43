"""Drops rows that give away a held-out example: what is examined on is not trained on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from tutelage.core.artifacts import Row, answer_of, question_of, read_rows
from tutelage.core.errors import RowsError
from tutelage.core.text import content_stems, sentences
from tutelage.curation.filters.held_out import ContaminationGuard, HeldOut
from tutelage.curation.filters.row_filter import RowFilter, Scope, Together
from tutelage.taxonomy.leaf import Leaf, Taxonomy

_TELLING = 3
"""So many different words of content make a turn known; "And then?" is said in any conversation."""


class Decontaminated(RowFilter):
    """No run of words in common with a held-out example, and no question much like one.

    Every row is held against the examples of all leaves, and of the files that the stage is given
    (`held_out`, the recipe's benchmarks): in every turn for runs of words, in every question of the
    user, and every one quoted in an answer, for likeness. Of an example that is a conversation,
    each turn of the user counts, but for those as short as "And then?".
    What seeds and documents say themselves, and the opening that a task's questions share, are no
    secret.
    """

    overruled_by_people: ClassVar[bool] = False

    ngram: int = Field(8, ge=3)
    """So many words in a row of a held-out question and answer, or all of a shorter question."""
    threshold: float = Field(0.7, gt=0, le=1)
    """Rows are dropped from this similarity to a held-out question on; see `near_duplicate`."""

    together: ClassVar[Together] = "row"

    def verdicts(self, rows: Sequence[Row], scope: Scope) -> list[str | None]:
        """Names the held-out example that each row gives away."""
        guard = ContaminationGuard(self.ngram, self.threshold)
        for file in scope.held_out:
            guard.add(list(examples_of(file)))
        if scope.taxonomy:
            _guard_taxonomy(guard, scope.taxonomy)
        return scope.of_new(rows, lambda row: _verdict(guard, row))


def examples_of(file: Path) -> Iterator[HeldOut]:
    """The examples of a file; raises RowsError for a row without a question.

    Each turn of a user's conversation is one, where it says enough to be known by.
    """
    for number, row in enumerate(read_rows(file), 1):
        *earlier, last = _asked(row)
        if not last.strip():
            raise RowsError(f"{file}: row {number} has no `prompt`, `messages` or `question`")
        name = f"{file.name}:{row.get('id', number)}"
        telling = [turn for turn in earlier if _is_telling(turn)]
        yield from (HeldOut(name, turn) for turn in telling)
        if _is_telling(last) or not telling:
            yield HeldOut(name, last, str(row.get("answer") or "") or answer_of(row))


def _asked(row: Row) -> list[str]:
    """What the user says in each turn; the last may be empty."""
    turns = row.get("prompt") or row.get("messages") or []
    said = [] if isinstance(turns, str) else [t["content"] for t in turns if t["role"] == "user"]
    question = str(row.get("question") or "")
    return [*said, question] if question else [*said[:-1], question_of(row)]


def _is_telling(turn: str) -> bool:
    return len(set(content_stems(turn))) >= _TELLING


def _guard_taxonomy(guard: ContaminationGuard, taxonomy: Taxonomy) -> None:
    for leaf in taxonomy.leaves:
        held = [
            HeldOut(h.id, leaf.secret(h), h.accept[0] if h.accept else "")
            for h in leaf.eval_examples
        ]
        guard.add(held, [seed.question for seed in leaf.seeds])
    for leaf in taxonomy.leaves:
        for text in _public(leaf):
            guard.publish(text)


def _public(leaf: Leaf) -> Iterator[str]:
    yield leaf.task_description
    for seed in leaf.seeds:
        yield f"{seed.question} {seed.answer}"
        yield seed.context or ""
    for document in leaf.documents:
        yield document.text


def _verdict(guard: ContaminationGuard, row: Row) -> str | None:
    turns = list(_turns(row))
    reason = guard.quoted("\n".join(text for _, text in turns))
    if reason is None:
        asked = dict.fromkeys(question for turn in turns for question in _questions(*turn))
        reason = next(filter(None, map(guard.resembled, asked)), None)
    return None if reason is None else f"decontaminated: {reason}"


def _questions(role: str, text: str) -> Iterator[str]:
    """What a turn asks: all that the user says, and the questions in an answer."""
    if role != "assistant":
        yield text
    if "?" in text:
        yield from (sentence for sentence in sentences(text) if sentence.endswith("?"))


def _turns(row: Row) -> Iterator[tuple[str, str]]:
    """Role and text of everything that a model would be trained on, but for system turns."""
    for column in ("prompt", "completion", "messages", "chosen", "rejected", "text"):
        turns = row.get(column) or []
        if isinstance(turns, str):
            yield ("user" if column == "prompt" else "assistant"), turns
            continue
        for turn in turns:
            if turn.get("role") != "system":
                yield str(turn.get("role")), str(turn.get("content"))
