"""How a row's `reasoning` is learnt: as steps before the answer, between marks, or not at all."""

from typing import Any, Literal

from tutelage.core.artifacts import Row
from tutelage.core.digests import digest

ThoughtForm = Literal["none", "plain", "think"]
"""`plain`: the steps, then a line `Answer: ...`; `think`: between the student's own marks."""


def with_thoughts(row: Row, form: ThoughtForm, without: float) -> Row:
    """The row with its reasoning in its answer; of the share `without` only the answer is left.

    Where there is such a share, each row says whether it thinks (`thinks`), which becomes the chat
    template's `enable_thinking`. Which rows do follows from their ids.
    """
    if form == "none" or not row.get("completion"):
        return row
    thinks = bool(row.get("reasoning")) and _place(row) >= without
    row = row | {"thinks": thinks} if without else row
    if not thinks:
        return row
    *earlier, answer = row["completion"]
    if form == "plain":
        answer = answer | {"content": stepwise(str(row["reasoning"]), str(answer["content"]))}
    else:
        answer = answer | {"thinking": str(row["reasoning"])}
    return row | {"completion": [*earlier, answer]}


def stepwise(steps: str, answer: str) -> str:
    """The steps, then the answer on a line of its own that is marked; of code below the mark."""
    below = "\n" if "\n" in answer.strip() else " "
    return f"{steps.strip()}\nAnswer:{below}{answer.strip()}"


def between_marks(turn: dict[str, Any], marks: tuple[str, str]) -> dict[str, Any]:
    """The turn with its thinking before its text, as models that think write it."""
    if not turn.get("thinking"):
        return turn
    rest = {name: value for name, value in turn.items() if name != "thinking"}
    before, after = marks
    return rest | {"content": f"{before}\n{turn['thinking']}\n{after}\n\n{turn['content']}"}


def _place(row: Row) -> float:
    """Where a row stands between 0 and 1, by its id."""
    return int(digest("thinks", row["id"])[:8], 16) / 2**32
