"""What people decide of drafts: kept in the taxonomy's `labels.jsonl`, then done in its files.

The decision is on disk before the file changes, so that a kill in between loses none: what is
decided and not yet done is done when the drafts are opened again. A decision says too how it
changes the file, so that it can be taken back later.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tutelage.authoring.drafts.qna_edit import QnaEdit
from tutelage.authoring.drafts.write_drafts import KEYS, save_text, text_of
from tutelage.authoring.init.covered import leaf_texts
from tutelage.core.digests import digest
from tutelage.core.errors import InputError
from tutelage.core.labels import LABELS, Label, add_label, read_labels, undo_label
from tutelage.taxonomy.authors import UNREAD

DraftVerdict = Literal["accept", "reject", "edit"]
Edit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenDraft:
    """An example in a file that a model drafted; whether it counts, its `origin` says."""

    id: str
    """Made of what it says: an edited draft has another one."""
    leaf: str
    file: Path
    place: str
    """Its dotted path in the file."""
    example: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """What a page shows of it."""
        names = ("question", "answer", "context", "source", "written_by", "origin", "approved_by")
        shown = {name: self.example.get(name) for name in names}
        is_seed = self.place.startswith(KEYS["seed"])
        lists = {name: self.example.get(name) or [] for name in ("accept", "verify")}
        about = {"id": self.id, "leaf": self.leaf, "kind": "seed" if is_seed else "held-out"}
        return about | shown | lists


@dataclass
class DraftDecisions:
    """The drafts of a taxonomy, and decisions on them."""

    folder: Path
    rater: str

    def __post_init__(self) -> None:
        self.labels = self.folder / LABELS
        drafts = self._by_id()
        for label in read_labels(self.labels):
            found = drafts.get(label.row)
            if found and found.example["origin"] == "drafted" and label.verdict in _VERDICTS:
                save_text(found.file, _decided(found, label, text_of(found.file)))
                drafts = self._by_id()  # a rejected one moves those after it

    def drafts(self) -> list[WrittenDraft]:
        """All examples that a model drafted, those that count already too."""
        return [one for file, value in leaf_texts(self.folder) for one in self._of(file, value)]

    def waiting(self) -> list[WrittenDraft]:
        """The drafts that nobody has decided on."""
        return [one for one in self.drafts() if one.example["origin"] == "drafted"]

    def decide(
        self,
        draft_id: str,
        verdict: DraftVerdict,
        seconds: float = 0.0,
        edit: Edit | None = None,
        note: str | None = None,
    ) -> Label:
        """Decide on a draft; raises InputError where it is gone or an edit is empty."""
        draft = self._by_id().get(draft_id)
        if draft is None:
            raise InputError("this draft has changed or is gone: reload the page")
        if verdict == "edit" and not (edit and str(edit.get("question") or "").strip()):
            raise InputError("an edited draft needs a question")
        label = Label(
            row=draft.id,
            content=draft.id,
            verdict=verdict,
            rater=self.rater,
            seconds=round(max(0.0, seconds), 1),
            edit=json.dumps(edit, ensure_ascii=False) if edit and verdict == "edit" else None,
            note=note,
            question=str(draft.example.get("question") or ""),
            answer=str(draft.example.get("answer") or ""),
            leaf=draft.leaf,
        )
        before = text_of(draft.file)
        after = _decided(draft, label, before)
        label = replace(label, change=_change(before, after))
        add_label(self.labels, label)
        save_text(draft.file, after)
        return label

    def approve_all(self) -> int:
        """Approve every draft unread, and say so in the files; returns how many."""
        waiting = self.waiting()
        for one in waiting:
            self.decide(one.id, "accept", note=UNREAD.strip())
        return len(waiting)

    def undo(self) -> None:
        """Take this person's last decision back, also one of an earlier session; raises InputError
        where its file was changed since."""
        own = [one for one in read_labels(self.labels) if one.rater == self.rater]
        if not own:
            raise InputError(f"nothing to undo: no decision of {self.rater}'s on a draft stands")
        last = own[-1]
        files = {file.parent.relative_to(self.folder).as_posix(): file for file in self._files()}
        file, change = files.get(last.leaf or ""), last.change or {}
        text = text_of(file) if file else ""
        if file is None or digest(text) != change.get("after"):
            why = "the file was changed since" if change else "an earlier version kept it"
            raise InputError(
                f"{file or last.leaf}: the decision on '{last.question}' cannot be undone here: "
                f"{why}; change `origin` in the file by hand"
            )
        start, end = int(change["at"]), int(change["at"]) + int(change["length"])
        save_text(file, f"{text[:start]}{change['was']}{text[end:]}")
        undo_label(self.labels, last.id)  # a kill in between: it is decided again at the start

    def _files(self) -> Iterator[Path]:
        return (file for file, _ in leaf_texts(self.folder))

    def _by_id(self) -> dict[str, WrittenDraft]:
        return {one.id: one for one in reversed(self.drafts())}

    def _of(self, file: Path, value: Mapping[str, Any]) -> Iterator[WrittenDraft]:
        leaf = file.parent.relative_to(self.folder).as_posix()
        for key in KEYS.values():
            for number, example in enumerate(value.get(key) or []):
                for place, one in _with_parts(f"{key}.{number}", example):
                    if one.get("origin") in ("drafted", "approved", "edited"):
                        said = [one.get(name) for name in ("question", "answer", "accept")]
                        name = f"draft:{digest(leaf, key, *said)[:12]}"
                        yield WrittenDraft(name, leaf, file, place, one)


_VERDICTS = ("accept", "reject", "edit")


def _decided(draft: WrittenDraft, label: Label, before: str) -> str:
    """The text of a draft's file once a decision is done in it."""
    text = QnaEdit(before, str(draft.file))
    if label.verdict == "reject":
        text.remove(draft.place)
        return text.text
    for name, value in json.loads(label.edit or "{}").items():
        if name in draft.example or value:
            text.set(draft.place, name, value)
    text.set(draft.place, "origin", "approved" if label.verdict == "accept" else "edited")
    unread = UNREAD if label.note == UNREAD.strip() else ""
    text.set(draft.place, "approved_by", f"{label.rater}{unread}")
    return text.text


def _change(before: str, after: str) -> dict[str, str | int]:
    """What turns a text `after` a decision back: the one place where the two differ."""
    at = _alike(before, after)
    same = _alike(before[at:][::-1], after[at:][::-1])
    was = before[at : len(before) - same]
    return {"at": at, "was": was, "length": len(after) - same - at, "after": digest(after)}


def _alike(one: str, other: str) -> int:
    """How many letters two texts have in common at their start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _with_parts(place: str, example: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """An example, and the questions inside it, which take its context and author where they have
    none of their own."""
    if not isinstance(example, dict):
        return
    pairs = example.get("questions_and_answers")
    if not isinstance(pairs, list):
        yield place, example
        return
    shared = {name: value for name, value in example.items() if name != "questions_and_answers"}
    for number, pair in enumerate(pairs):
        if isinstance(pair, dict):
            yield f"{place}.questions_and_answers.{number}", shared | pair
