"""What people decide of drafts: kept in the taxonomy's `labels.jsonl`, then done in its files.

The decision is on disk before the file changes, so that a kill in between loses none: what is
decided and not yet done is done when the drafts are opened again.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class _Done:
    """A decision with the file's text before and after it."""

    label: str
    file: Path
    before: str
    after: str


@dataclass
class DraftDecisions:
    """The drafts of a taxonomy, and decisions on them."""

    folder: Path
    rater: str
    _done: list[_Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.labels = self.folder / LABELS
        drafts = self._by_id()
        for label in read_labels(self.labels):
            found = drafts.get(label.row)
            if found and found.example["origin"] == "drafted" and label.verdict in _VERDICTS:
                self._apply(found, label)
                drafts = self._by_id()  # a rejected one moves those after it

    def drafts(self) -> list[WrittenDraft]:
        """All examples that a model drafted, those that count already too."""
        return [one for file, value in leaf_texts(self.folder) for one in self._of(file, value)]

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
        add_label(self.labels, label)
        self._apply(draft, label)
        return label

    def approve_all(self) -> int:
        """Approve every draft unread, and say so in the files; returns how many."""
        waiting = [one for one in self.drafts() if one.example["origin"] == "drafted"]
        for one in waiting:
            self.decide(one.id, "accept", note=UNREAD.strip())
        return len(waiting)

    def undo(self) -> None:
        """Take the last decision back; raises InputError where its file was changed since."""
        if not self._done:
            raise InputError(
                "nothing to undo: no draft was decided on since this command was started; change "
                "`origin` in the leaf's qna.yaml by hand"
            )
        last = self._done[-1]
        if text_of(last.file) != last.after:
            raise InputError(f"{last.file} was changed since; change it by hand")
        undo_label(self.labels, last.label)
        save_text(last.file, last.before)
        self._done.pop()

    def _by_id(self) -> dict[str, WrittenDraft]:
        return {one.id: one for one in reversed(self.drafts())}

    def _apply(self, draft: WrittenDraft, label: Label) -> None:
        """Do in the file what was decided."""
        before = text_of(draft.file)
        text = QnaEdit(before, str(draft.file))
        if label.verdict == "reject":
            text.remove(draft.place)
        else:
            for name, value in json.loads(label.edit or "{}").items():
                if name in draft.example or value:
                    text.set(draft.place, name, value)
            origin = "approved" if label.verdict == "accept" else "edited"
            text.set(draft.place, "origin", origin)
            unread = UNREAD if label.note == UNREAD.strip() else ""
            text.set(draft.place, "approved_by", f"{label.rater}{unread}")
        save_text(draft.file, text.text)
        self._done.append(_Done(label.id, draft.file, before, text.text))

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
