"""Rows as tokens: which of them are the assistant's, and so count in the loss."""

from collections.abc import Collection
from typing import Any

from jinja2.exceptions import TemplateError

from tutelage.core.artifacts import Row, tools_of
from tutelage.core.errors import InputError
from tutelage.models.reasoning import MARKS
from tutelage.training.conversation import Conversation, called, conversation_of, offered, sides_of
from tutelage.training.prompts_with_tools import ToolPrompts
from tutelage.training.thoughts import between_marks
from tutelage.training.training_rows import NO_CALLS

IGNORED = -100
"""The label of a token that does not count."""
_TAIL = 16
"""Tokens at the end of a conversation among which the one that stops generation must be."""


class Encoder:
    """Renders rows by the student's chat template and says which tokens are answers.

    A turn's tokens are those by which the conversation up to it is longer than the prompt for it,
    which works for every template that writes a conversation from front to back; they end with the
    token that stops generation. A template that writes earlier turns differently (leaves out their
    thinking, say) lets only the last turn count; such rows are in `last_only`.
    """

    def __init__(self, tokenizer: Any, stops: Collection[int] = ()) -> None:
        self._tokenizer = tokenizer
        self._stops = frozenset(stops)
        """The tokens that end an answer; none where that is not looked at."""
        self._template = str(getattr(tokenizer, "chat_template", None) or "")
        own = (pair for pair in MARKS if pair[0] in self._template)
        self._marks = next(own, MARKS[0])
        """What the student thinks between; of a template that names none, the most common."""
        self.last_only = 0
        self.masked = 0
        """Rows with turns of the assistant that are shown and not learnt."""
        self.tools_unseen = 0
        """Rows whose tools the template does not write."""
        self.tools_told = 0
        """Prompts whose tools stand in a system turn for that reason."""

    def lengths(self, rows: list[Row]) -> list[int | str]:
        """Tokens of each row with its longest answer, or why nothing of it can be learnt.

        Raises InputError where rows have a system turn that the template refuses.
        """
        if any("thinks" in row for row in rows) and "enable_thinking" not in self._template:
            raise InputError(
                "without_thoughts: the student's chat template has no switch `enable_thinking`, so "
                "nothing would tell it whether to think; add `chat_template: chatml_thinking`, or "
                "leave `without_thoughts` out"
            )
        found: list[int | str] = []
        refused: list[tuple[Row, str]] = []
        for row in rows:
            if "text" in row:
                found.append(len(self._plain(row)))
                continue
            sides = sides_of(row) if "chosen" in row else [conversation_of(row)]
            try:
                found.append(self._length(sides))
            except TemplateError as exc:
                if self._refuses_system(sides[0]):
                    refused.append((row, str(exc)))
                found.append(f"the chat template refuses it: {exc}")
        if refused:
            raise InputError(_system_refused(refused, len(rows)))
        return found

    def prompt_lengths(self, rows: list[Row]) -> list[int | str]:
        """Tokens of each row's prompt, or why the template refuses it."""
        found: list[int | str] = []
        prompts = ToolPrompts(self._tokenizer)
        for row in rows:
            try:
                found.append(len(prompts.ids(row)))
            except TemplateError as exc:
                found.append(f"the chat template refuses it: {exc}")
            else:
                self.tools_told += bool(tools_of(row)) and not prompts.shows_tools
        return found

    def encode(self, rows: list[Row]) -> list[dict[str, Any]]:
        """`id`, `input_ids`, `labels` and the number of tokens that count (`items`) of SFT rows.

        All tokens of a plain text (`text`) count; no chat template is put around it.
        """
        chats = iter(self._encoded_chats([row for row in rows if "text" not in row]))
        return [self._encoded_text(row) if "text" in row else next(chats) for row in rows]

    def _encoded_text(self, row: Row) -> dict[str, Any]:
        whole = self._plain(row)
        ids_and_labels = {"input_ids": whole, "labels": list(whole), "length": len(whole)}
        return {"id": row["id"], "items": len(whole) - 1} | ids_and_labels

    def _plain(self, row: Row) -> list[int]:
        """The tokens of a plain text, and the one that ends it."""
        (ids,) = self._ids([row["text"]])
        end = self._tokenizer.eos_token_id
        return ids if end is None else [*ids, end]

    def _encoded_chats(self, rows: list[Row]) -> list[dict[str, Any]]:
        plans = [conversation_of(row) for row in rows]
        texts = []
        for plan in plans:
            texts.append(self._render(plan))
            for at in plan.answers:
                texts.append(self._render(plan, at, prompt=True))
                texts.append(self._render(plan, at + 1))
        ids = iter(self._ids(texts))
        encoded = []
        for row, plan in zip(rows, plans, strict=True):
            whole = next(ids)
            ends = [(next(ids), next(ids)) for _ in plan.answers]
            labels = self._labels(whole, ends)
            if row.get("opening"):
                whole, labels = self._opened(whole, labels, row["opening"])
            items = sum(label != IGNORED for label in labels[1:])
            ids_and_labels = {"input_ids": whole, "labels": labels, "length": len(whole)}
            encoded.append({"id": row["id"], "items": items} | ids_and_labels)
        return encoded

    def _opened(
        self, whole: list[int], labels: list[int], shown: str
    ) -> tuple[list[int], list[int]]:
        """Both without what comes after the beginning of the answer."""
        start = next(at for at, label in enumerate(labels) if label != IGNORED)
        end = start + len(self._ids([shown])[0])
        return whole[:end], labels[:end]

    def pairs(self, rows: list[Row]) -> list[dict[str, Any]]:
        """`id`, `prompt_ids`, `chosen_ids`, `rejected_ids` and the `length` of preference rows.

        With the `margin` of those that have one.
        """
        texts = []
        for row in rows:
            sides = sides_of(row)
            texts.append(self._render(sides[0], len(row["prompt"]), prompt=True))
            texts += [self._render(side) for side in sides]
        ids = iter(self._ids(texts))
        encoded = []
        for row in rows:
            prompt, chosen, rejected = next(ids), next(ids), next(ids)
            shared = min(_common(prompt, chosen), _common(prompt, rejected))
            names = {"prompt_ids": prompt[:shared]}
            names |= {"chosen_ids": self._ended(chosen[shared:])}
            names |= {"rejected_ids": self._ended(rejected[shared:])}
            names |= {"margin": row["margin"]} if "margin" in row else {}
            encoded.append({"id": row["id"], "length": row["length"]} | names)
        return encoded

    def _length(self, sides: list[Conversation]) -> int | str:
        longest = 0
        if not all(side.answers for side in sides):
            return "the assistant opens the conversation and answers nobody"
        texts = [self._render(side) for side in sides]
        for side, text, ids in zip(sides, texts, self._ids(texts), strict=True):
            if any(name not in text for name in called(side.turns)):
                return NO_CALLS
            if self._stops and self._stops.isdisjoint(ids[-_TAIL:]):
                return "the chat template ends the answer with no token that stops generation"
            longest = max(longest, len(ids))
        self.masked += any(side.masked for side in sides)
        self.tools_unseen += any(name not in texts[0] for name in offered(sides[0].tools))
        return longest

    def _labels(self, whole: list[int], ends: list[tuple[list[int], list[int]]]) -> list[int]:
        spans = [(_common(before, whole), _common(after, whole)) for before, after in ends]
        spans[-1] = (spans[-1][0], len(whole))
        spans = [(start, start + len(self._ended(whole[start:end]))) for start, end in spans]
        last = 0
        for start, end in spans:
            if not last <= start < end:  # an earlier turn stands there in another form
                self.last_only += 1
                spans = spans[-1:]
                break
            last = end
        labels = [IGNORED] * len(whole)
        for start, end in spans:
            labels[start:end] = whole[start:end]
        return labels

    def _ended(self, answer: list[int]) -> list[int]:
        """An answer's tokens without what the template writes after its end."""
        if not self._stops:
            return answer
        after = next((n for n, one in enumerate(reversed(answer)) if one in self._stops), None)
        return [] if after is None else answer[: len(answer) - after]

    def _render(self, plan: Conversation, end: int | None = None, *, prompt: bool = False) -> str:
        """The text of the conversation up to a turn."""
        return self._text(plan.turns[:end], plan.tools, prompt, plan.thinks)

    def _text(
        self,
        turns: list[dict[str, Any]],
        tools: list[Any] | None,
        prompt: bool,
        thinks: bool | None = None,
    ) -> str:
        shown = [between_marks(turn, self._marks) for turn in turns]
        switch = {} if thinks is None else {"enable_thinking": thinks}
        render = self._tokenizer.apply_chat_template
        return str(
            render(shown, tools=tools, tokenize=False, add_generation_prompt=prompt, **switch)
        )

    def _refuses_system(self, plan: Conversation) -> bool:
        """Whether a conversation is refused for its system turn alone."""
        rest = [turn for turn in plan.turns if turn["role"] != "system"]
        if len(rest) == len(plan.turns):
            return False
        try:
            self._text(rest, plan.tools, False)
        except TemplateError:
            return False
        return True

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        found: list[list[int]] = self._tokenizer(texts, add_special_tokens=False)["input_ids"]
        return found


def _common(one: list[int], other: list[int]) -> int:
    """How many tokens two sequences begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _system_refused(refused: list[tuple[Row, str]], given: int) -> str:
    (row, why), *_ = refused
    return (
        f"{len(refused)} of {given} rows have a system turn, which the student's chat template "
        f"refuses ({why}), row {row['id']} first; put the system turn's text at the beginning of "
        "the user's turn, or give a `chat_template` that takes system turns"
    )
