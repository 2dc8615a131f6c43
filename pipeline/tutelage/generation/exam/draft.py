"""A draft on its way: its texts, the requests that made it, and why it was dropped where it was."""

from dataclasses import dataclass, field
from typing import Any

from tutelage.core.artifacts import Row
from tutelage.core.digests import digest
from tutelage.taxonomy.documents.blocks import heading_path


@dataclass
class Draft:
    """One question with its answer; `reason` says why it is not used."""

    leaf: str
    name: str
    """Unique within the leaf; requests are named and seeded by it."""
    question: str = ""
    answer: str = ""
    context: str = ""
    """The passage that the answer rests on, of knowledge."""
    source: str = ""
    """What the documents say about it, in a sentence."""
    parents: list[str] = field(default_factory=list)
    section: tuple[str, tuple[str, ...]] = ("", ())
    """Document and headings of what it asks about."""
    keys: list[str] = field(default_factory=list)
    reason: str | None = None
    wrong: float | None = None
    """Share of the student's attempts with the passage that were wrong."""
    verify: list[dict[str, Any]] = field(default_factory=list)
    """Demands that answers to it are held against, where it is no knowledge."""

    def drop(self, reason: str | None) -> None:
        """Note why it is not used, if there is a reason and it is the first."""
        self.reason = self.reason or reason

    def row(self, stage: str, model: str, purpose: str, seed: int) -> Row:
        """The draft as a row of the stage."""
        row: Row = {
            "id": f"draft:{digest(stage, self.leaf, self.name, purpose, seed)[:12]}",
            "leaf": self.leaf,
            "parents": self.parents,
            "prompt": [{"role": "user", "content": self.question}],
            "completion": [{"role": "assistant", "content": self.answer}],
            "trace": {"stage": stage, "model": model, "keys": self.keys},
            "purpose": purpose,
            "source": self.source,
            "passage": self.context,
            "document": self.section[0],
            "headings": heading_path(self.section[1]),
            "difficulty": self.wrong,
        }
        row |= {"verify": self.verify} if self.verify else {}
        return row | {"reason": self.reason} if self.reason else row
