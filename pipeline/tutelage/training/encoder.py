"""Rows as tokens: which of them are the assistant's, and so count in the loss."""

from typing import Any

from tutelage.core.artifacts import Row

IGNORED = -100
"""The label of a token that does not count."""


class Encoder:
    """Renders rows by the student's chat template and says which tokens are answers.

    A turn's tokens are those by which the conversation up to it is longer than the prompt for it,
    which works for every template that writes a conversation from front to back. One that writes
    earlier turns differently (leaves out their thinking, say) lets only the last turn count; such
    rows are in `last_only`.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.last_only = 0

    def lengths(self, rows: list[Row]) -> list[int]:
        """Tokens of each row, with its longest answer."""
        if rows and "chosen" in rows[0]:
            pairs = ("chosen", "rejected")
            texts = [self._render(row["prompt"] + row[name]) for row in rows for name in pairs]
            counts = [len(ids) for ids in self._ids(texts)]
            return [max(pair) for pair in zip(counts[::2], counts[1::2], strict=True)]
        return [len(ids) for ids in self._ids([self._render(_turns(row)[0]) for row in rows])]

    def encode(self, rows: list[Row]) -> list[dict[str, Any]]:
        """`id`, `input_ids`, `labels` and the number of tokens that count (`items`) of SFT rows."""
        plans = [_turns(row) for row in rows]
        texts = []
        for turns, first in plans:
            texts.append(self._render(turns))
            for at in _answers(turns, first):
                texts.append(self._render(turns[:at], prompt=True) if at else "")
                texts.append(self._render(turns[: at + 1]))
        ids = iter(self._ids(texts))
        encoded = []
        for row, (turns, first) in zip(rows, plans, strict=True):
            whole = next(ids)
            ends = [(next(ids), next(ids)) for _ in _answers(turns, first)]
            labels = self._labels(whole, ends)
            items = sum(label != IGNORED for label in labels[1:])
            ids_and_labels = {"input_ids": whole, "labels": labels, "length": len(whole)}
            encoded.append({"id": row["id"], "items": items} | ids_and_labels)
        return encoded

    def _labels(self, whole: list[int], ends: list[tuple[list[int], list[int]]]) -> list[int]:
        spans = [(_common(before, whole), _common(after, whole)) for before, after in ends]
        spans[-1] = (spans[-1][0], len(whole))
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

    def _render(self, turns: list[dict[str, str]], *, prompt: bool = False) -> str:
        template = self._tokenizer.apply_chat_template
        return str(template(turns, tokenize=False, add_generation_prompt=prompt))

    def _ids(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        found: list[list[int]] = self._tokenizer(texts, add_special_tokens=False)["input_ids"]
        return found


def _turns(row: Row) -> tuple[list[dict[str, str]], int]:
    """The conversation up to its last answer, and the first turn whose answer counts."""
    turns = row["messages"] if "messages" in row else row["prompt"] + row["completion"]
    first = 0 if "messages" in row else len(row["prompt"])
    last = max(at for at, turn in enumerate(turns) if turn["role"] == "assistant")
    return turns[: last + 1], first


def _answers(turns: list[dict[str, str]], first: int) -> list[int]:
    return [at for at in range(first, len(turns)) if turns[at]["role"] == "assistant"]


def _common(one: list[int], other: list[int]) -> int:
    """How many tokens two sequences begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
