"""Labelled rows for `benchmarks.filters`: right ones that people wrote, and corruptions of them.

Right are the seeds and the held-out examples of a taxonomy that have an answer: those of knowledge
leaves with the whole section of the document that they are about as passage, those of skills as
they are. Each corruption makes one thing of a right row wrong.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import regex
from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.text import content_stems, has_phrase
from tutelage.core.yaml_io import read_yaml
from tutelage.taxonomy.documents.blocks import heading_path
from tutelage.taxonomy.documents.passages import split
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.taxonomy.qna import keep_text
from tutelage.verifiers.verifier import leaf_verifiers

_NUMBER = regex.compile(r"\p{N}+(?:[.,:]\p{N}+)*")
_NAME = regex.compile(r"(?<=[\p{L},] )\p{Lu}\p{Ll}{2,}")
_INVENTED = ("Orstwick", "Fenlaugh", "Tibraun", "Maldessa", "Quenor")
_POINTING = ("According to the text, ", "In this passage, ", "As the document says, ")


@dataclass(frozen=True, slots=True)
class Section:
    """The text under one heading of a document."""

    document: str
    headings: str
    text: str

    @property
    def columns(self) -> Row:
        """What a row says of its passage."""
        return {"context": self.text, "document": self.document, "headings": self.headings}


def right_rows(taxonomy: Taxonomy) -> list[Row]:
    """The rows that people wrote, by leaf."""
    return [row for leaf in taxonomy.leaves for row in _of_leaf(leaf)]


def without_held_out(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy as filters see it where held-out examples stand for rows that are right."""
    return replace(
        taxonomy, leaves=tuple(replace(leaf, eval_examples=()) for leaf in taxonomy.leaves)
    )


def sections(leaf: Leaf) -> list[Section]:
    """The sections of a leaf's documents."""
    found = []
    for document in leaf.documents:
        passages = list(split(document, 1))
        for headings, under in groupby(passages, lambda passage: passage.headings):
            text = "\n".join(passage.text for passage in under)
            found.append(Section(document.name, heading_path(headings), text))
    return found


def _of_leaf(leaf: Leaf) -> Iterator[Row]:
    parts = sections(leaf)
    for seed in leaf.seeds:
        row = _row(leaf, seed.id, seed.question, seed.answer)
        if leaf.kind == "knowledge":
            about = f"{seed.context} {seed.question} {seed.answer}"
            yield row | _passage(parts, about, [seed.answer])
        else:
            more: dict[str, Any] = {"attributes": seed.attributes} if seed.attributes else {}
            if seed.context:
                more |= {
                    "context": seed.context,
                    "prompt": _turns(f"{seed.context}\n\n{seed.question}"),
                }
            yield row | more
    if any(verifier.needs_attributes for verifier in leaf_verifiers(leaf)):
        return  # held-out examples stand nowhere in the grid of attributes
    for name, question, answer, accept in _held_out(leaf):
        passage = _passage(parts, question, accept) if leaf.kind == "knowledge" else {}
        yield _row(leaf, name, question, answer) | passage


def _held_out(leaf: Leaf) -> Iterator[tuple[str, str, str, list[str]]]:
    """Id, question, answer and accepted texts of the held-out examples that have an answer."""
    written = read_yaml(leaf.file.read_text(encoding="utf-8"), keep_text).value["eval_examples"]
    for held in leaf.eval_examples:
        example = written[int(held.place.rpartition(".")[2])]
        if answer := str(example.get("answer") or "").strip():
            yield held.id, held.question, answer, [answer, *held.accept]


def _row(leaf: Leaf, name: str, question: str, answer: str) -> Row:
    return {
        "id": name,
        "leaf": leaf.path,
        "parents": [],
        "prompt": _turns(question),
        "completion": [{"role": "assistant", "content": answer}],
    }


def _turns(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def _passage(parts: Sequence[Section], about: str, accept: Sequence[str]) -> Row:
    """The section that a row is about: it has the answer, and most of the rest."""
    wanted = set(content_stems(about))
    frequency = {w: sum(w in content_stems(p.text) for p in parts) for w in wanted}

    def fit(part: Section) -> float:
        there = set(content_stems(f"{part.headings} {part.text}"))
        held = any(has_phrase(part.text, text) for text in accept)
        return sum(1 / frequency[w] for w in wanted & there if frequency[w]) + 2 * held

    return max(parts, key=fit).columns if parts else {}


Corruption = Callable[[Row, Sequence[Row], random.Random], Row | None]


def corrupted(rows: Sequence[Row], seed: int = 1) -> dict[str, list[Row]]:
    """By kind of corruption: the rows that it can be done to."""
    made: dict[str, list[Row]] = {}
    for kind, corrupt in CORRUPTIONS.items():
        for row in rows:
            chance = random.Random(f"{seed} {kind} {row['id']}")
            if (wrong := corrupt(row, rows, chance)) is not None:
                made.setdefault(kind, []).append(wrong | {"id": f"{row['id']}/{kind}"})
    return made


def _with(row: Row, question: str | None = None, answer: str | None = None) -> Row:
    context = f"{row['context']}\n\n" if row["prompt"][-1]["content"] != question_of(row) else ""
    new = dict(row)
    if question is not None:
        new["prompt"] = _turns(context + question)
    if answer is not None:
        new["completion"] = [{"role": "assistant", "content": answer}]
    return new


def _other(
    row: Row, rows: Sequence[Row], chance: random.Random, *, near: bool | None
) -> Row | None:
    """Another row of the leaf, in the same section or not, that has another answer."""
    others = [
        other
        for other in rows
        if other["leaf"] == row["leaf"]
        and (near is None or (other.get("context") == row.get("context")) == near)
        and not set(content_stems(answer_of(other))) & set(content_stems(answer_of(row)))
    ]
    return chance.choice(others) if others else None


def _far_answer(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    other = _other(row, rows, chance, near=False) if row.get("context") else None
    return _with(row, answer=answer_of(other)) if other else None


def _near_answer(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    other = _other(row, rows, chance, near=True) if row.get("context") else None
    return _with(row, answer=answer_of(other)) if other else None


def _number(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    answer = answer_of(row)
    found = list(_NUMBER.finditer(answer)) if row.get("context") else []
    if not found:
        return None
    at = chance.choice(found)
    digits = at.group()
    while digits in (at.group(), "0") or has_phrase(str(row["context"]), digits):
        digits = regex.sub(r"\p{N}", lambda _: str(chance.randint(1, 9)), digits)
    return _with(row, answer=answer[: at.start()] + digits + answer[at.end() :])


def _name(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    """Another name in the question or, where that has none, in the answer."""
    if not row.get("context"):
        return None
    for part, text in (("question", question_of(row)), ("answer", f" {answer_of(row)}")):
        if found := list(_NAME.finditer(text)):
            at = chance.choice(found)
            new = text[: at.start()] + chance.choice(_INVENTED) + text[at.end() :]
            return _with(row, **{part: new.strip()})
    return None


def _negation(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    answer = answer_of(row)
    if not row.get("context") or regex.match(r"(?i)(no|not|never|yes)\b", answer):
        return None
    return _with(row, answer=f"Not {answer[:1].lower()}{answer[1:]}")


def _foreign_question(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    other = _other(row, rows, chance, near=False) if row.get("context") else None
    return _with(row, question=question_of(other)) if other else None


def _unanswerable(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    """Asked of a subject that no document knows, in place of what the question ends with."""
    asked = question_of(row).rstrip("?.").split()
    if not row.get("context") or len(asked) < 5:
        return None
    ends = ("painted on the moon", "sold to the emperor", "played by the orchestra")
    return _with(row, question=f"{' '.join(asked[:3])} {chance.choice(ends)}?")


def _pointing(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    question = question_of(row)
    if not row.get("context"):
        return None
    return _with(row, question=chance.choice(_POINTING) + question[:1].lower() + question[1:])


def _repeated(row: Row, rows: Sequence[Row], chance: random.Random) -> Row | None:
    return _with(row, answer=" ".join([answer_of(row)] * 5))


CORRUPTIONS: dict[str, Corruption] = {
    "answer of another section": _far_answer,
    "answer of the same section": _near_answer,
    "number changed": _number,
    "name changed": _name,
    "negation added": _negation,
    "question of another section": _foreign_question,
    "unanswerable": _unanswerable,
    "speaks of the text": _pointing,
    "repeated": _repeated,
}
"""What is made wrong, by kind."""
