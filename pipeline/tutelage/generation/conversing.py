"""Conversations: a simulated user with a persona and a goal talks with the teacher.

All conversations go on side by side, turn by turn, until each meets a stop rule.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tutelage.contract.context import Context
from tutelage.core.artifacts import Row
from tutelage.core.digests import digest
from tutelage.core.fences import unfenced
from tutelage.core.text import plain
from tutelage.generation.answers import whole_sentences
from tutelage.models.chat import Completion, Message, Request, Sampling, unusable
from tutelage.models.model import Model
from tutelage.taxonomy.documents.passages import Passage
from tutelage.taxonomy.leaf import Leaf

_NAMES = {"user": "user|human|you", "assistant": "assistant|you"}
_OTHERS = {"user": "assistant|ai", "assistant": "user|human"}
"""How scripts call the speaker of a turn, and the one who speaks next."""
_LABEL = r"[ *_#]*(?:{})[*_ ]*:[*_\s]*"


@dataclass
class Talk:
    """A conversation under way."""

    number: int
    leaf: Leaf
    persona: str
    goal: str
    parents: list[str]
    about: Passage | None = None
    turns: list[Message] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    stopped: str = ""
    """Why it ended; empty while it goes on."""

    @property
    def name(self) -> str:
        """What its requests are called."""
        return f"{self.leaf.path}/{self.number}"

    @property
    def exchanges(self) -> int:
        """Turns of the user that were answered."""
        return sum(turn["role"] == "assistant" for turn in self.turns)

    def hears(self, answer: Completion, stop: str) -> None:
        """The user's next turn; the conversation ends where there is none, or an old one."""
        self.keys.append(answer.key)
        answer = own_turn(replace(answer, text=unfenced(answer.text)), "user")
        text = answer.text
        if stop and (found := re.search(rf"\b{re.escape(stop)}\b", text)):
            text = text[: found.start()].strip()
            self.stopped = "" if text and not self.turns else "the user has what was wanted"
        if self.stopped:
            return
        text, reason = _ended(answer, text)
        if reason:
            self.stopped = f"user: {reason}"
        elif self._said("user", text):
            self.stopped = "the user repeats a turn"
        else:
            self.turns.append({"role": "user", "content": text})

    def answers(self, answer: Completion, *, whole: bool) -> None:
        """The assistant's turn; where it cannot be used, the user's before it goes too."""
        self.keys.append(answer.key)
        answer = own_turn(answer, "assistant")
        text, reason = answer.text, unusable(answer)
        if not whole:
            text, reason = _ended(answer, text)
        if reason:
            self.stopped = f"assistant: {reason}"
        elif self._said("assistant", text):
            self.stopped = "the assistant repeats a turn"
        if self.stopped:
            self.turns.pop()
        else:
            self.turns.append({"role": "assistant", "content": text})

    def row(self, context: Context, teacher: Model, fewest: int) -> Row:
        """The conversation as a row; rejected where it has too few exchanges."""
        stage = context.stage
        row: Row = {
            "id": f"{stage}:{digest(stage, self.name, context.seed)[:12]}",
            "leaf": self.leaf.path,
            "parents": self.parents,
            "messages": [dict(turn) for turn in self.turns],
            "persona": self.persona,
            "goal": self.goal,
            "exchanges": self.exchanges,
            "stopped": self.stopped,
            "trace": {"stage": stage, "model": teacher.name, "keys": self.keys},
        }
        if self.about:
            row |= {"context": self.about.text, "document": self.about.document}
        if self.exchanges < fewest:
            why = f"only {self.exchanges} of {fewest} exchanges ({self.stopped})"
            return row | {"reason": f"too short a conversation: {why}"}
        return row

    def _said(self, role: str, text: str) -> bool:
        return any(t["role"] == role and plain(t["content"]) == plain(text) for t in self.turns)


def own_turn(answer: Completion, role: str) -> Completion:
    """An answer less what a model writes of a script: its own name in front, and all from where
    the other speaks.

    The other's name counts at the beginning of any line where the answer begins with its own,
    else after an empty line: a form to fill in may have a line `User: admin`.
    """
    text = answer.text.strip()
    own = re.match(_LABEL.format(_NAMES[role]), text, re.IGNORECASE)
    text = text[own.end() :] if own else text
    before = r"\n" if own else r"\n[ \t]*\n"
    other = re.search(before + _LABEL.format(_OTHERS[role]), text, re.IGNORECASE)
    if other is None:
        return replace(answer, text=text)
    ended = "stop" if answer.finish_reason == "length" else answer.finish_reason
    return replace(answer, text=text[: other.start()].strip(), finish_reason=ended)


def _ended(answer: Completion, text: str) -> tuple[str, str | None]:
    """A turn, ended at its last sentence where it was cut, and why it cannot be used."""
    if answer.finish_reason != "length":
        return text, unusable(replace(answer, text=text))
    whole = whole_sentences(text)
    return whole, None if whole else unusable(answer)


def asked_together(
    context: Context,
    model: Model,
    talks: Sequence[Talk],
    prompts: Sequence[tuple[Message, ...]],
    what: str,
    sampling: Sampling,
    *,
    whole: bool,
) -> list[Completion]:
    """One answer to each conversation's prompt, each with random numbers of its own.

    Not `whole` where one that was cut serves up to its last sentence.
    """
    requests = []
    for talk, prompt in zip(talks, prompts, strict=True):
        name = f"{talk.name}/{what}"
        seed = context.seed_for(name) if sampling.temperature else 0
        own = Sampling(sampling.max_tokens, sampling.temperature, sampling.top_p, seed=seed)
        requests.append(Request(name, prompt, own, talk.leaf.path, whole))
    found = context.answers(model, requests) if requests else {}
    return [found[request.id] for request in requests]
