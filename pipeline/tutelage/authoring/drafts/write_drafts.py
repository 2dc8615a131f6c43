"""Drafts of the stage `exam` into the `qna.yaml` files of their leaves, marked as drafts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tutelage.authoring.drafts.qna_edit import QnaEdit
from tutelage.core.artifacts import Row, answer_of, question_of
from tutelage.core.disk_errors import writing
from tutelage.core.labels import LABELS, read_labels
from tutelage.core.text import count_words, plain
from tutelage.generation.exam.demand_suggestion import SHORT
from tutelage.generation.exam.draft_checks import other_forms
from tutelage.taxonomy.leaf import Leaf, Taxonomy
from tutelage.verifiers.verifier import build_verifiers, first_failure

KEYS = {"seed": "seed_examples", "held_out": "eval_examples"}
Example = dict[str, Any]


@dataclass(slots=True)
class Written:
    """What was written of one stage's drafts."""

    drafts: dict[str, int] = field(default_factory=dict)
    """By leaf."""
    dropped: dict[str, int] = field(default_factory=dict)
    """By reason, in short."""
    coverage: list[dict[str, Any]] = field(default_factory=list)
    missing: dict[str, int] = field(default_factory=dict)
    """By leaf that has too few, how many drafts more were wanted."""


def rejected_before(taxonomy: Path) -> dict[str, set[str]]:
    """By leaf, the questions of drafts that someone rejected: they are not drafted again."""
    found: dict[str, set[str]] = {}
    for label in read_labels(taxonomy / LABELS):
        if label.verdict == "reject" and label.leaf and label.question:
            found.setdefault(label.leaf, set()).add(plain(label.question))
    return found


def write_drafts(
    taxonomy: Taxonomy,
    rows: Sequence[Row],
    model: str,
    demands: dict[str, list[dict[str, Any]]],
    fresh: Collection[str] = (),
) -> dict[str, int]:
    """Add the drafts of a model to their leaves' files; returns how many, by leaf.

    `demands` are suggested to leaves that make none: as the leaf's own to `fresh` ones, which were
    written just now; elsewhere they stand in the drafts alone, if the seeds meet them. Of `fresh`
    leaves the blank examples make room for the drafts. Raises TaxonomyError where a file cannot be
    changed safely.
    """
    counts: dict[str, int] = {}
    for leaf in taxonomy.leaves:
        own = [row for row in rows if row["leaf"] == leaf.path]
        if not own:
            continue
        edit = QnaEdit(text_of(leaf.file), str(leaf.file))
        suggested = [] if leaf.verify else demands.get(leaf.path, [])
        if leaf.path in fresh:
            _remove_blank(edit, KEYS[own[0]["purpose"]], leaf)
        if suggested and leaf.path in fresh:
            edit.append("verify", suggested)
        elif suggested:
            suggested = [one for one in suggested if _met_by_seeds(one, leaf)]
        examples = [_example(row, leaf, model, [*leaf.verify, *suggested]) for row in own]
        edit.append(KEYS[own[0]["purpose"]], examples)
        save_text(leaf.file, edit.text)
        counts[leaf.path] = len(own)
    return counts


def text_of(file: Path) -> str:
    """A file's text with its own line ends."""
    return file.read_bytes().decode("utf-8-sig")


def save_text(file: Path, text: str) -> None:
    """Put a text in the place of a file's at once: whoever reads it sees the old or the new one."""
    new = file.with_name(f".{file.name}.new")
    with writing(file):
        new.write_bytes(text.encode("utf-8"))
        new.replace(file)


def reasons(rows: Iterable[Row]) -> dict[str, int]:
    """How many drafts were dropped, by reason in short."""
    found: dict[str, int] = {}
    for row in rows:
        short = str(row["reason"]).partition(":")[0]
        found[short] = found.get(short, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _met_by_seeds(demand: dict[str, Any], leaf: Leaf) -> bool:
    """Whether all answers that people wrote for a leaf meet a demand."""
    verifiers = build_verifiers([demand], "verify")
    seeds = (seed for seed in leaf.seeds if not seed.is_blank)
    return all(first_failure(verifiers, seed.answer, {}) is None for seed in seeds)


def _remove_blank(edit: QnaEdit, key: str, leaf: Leaf) -> None:
    listed = leaf.seeds if key == KEYS["seed"] else leaf.eval_examples
    for one in reversed([one for one in listed if one.is_blank]):
        edit.remove(one.place)


def _example(row: Row, leaf: Leaf, model: str, demands: list[dict[str, Any]]) -> Example:
    """An example as it stands in the file."""
    question, answer = question_of(row), answer_of(row)
    example: Example = {"origin": "drafted", "written_by": model}
    if row["purpose"] == "seed":
        example |= {"context": row["passage"]} if row["passage"] else {}
        return example | {"question": question, "answer": answer}
    if leaf.kind != "knowledge" and demands and count_words(answer) > SHORT:
        return example | {"question": question, "verify": demands}
    example |= {"source": row["source"]} if row["source"] else {}
    example |= {"question": question, "answer": answer}
    forms = other_forms(answer)
    return example | ({"accept": [answer, *forms]} if forms else {})
