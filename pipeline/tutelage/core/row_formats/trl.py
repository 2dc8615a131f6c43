"""TRL's columns, and OpenAI's `messages`: turns as lists, texts, parts of texts or JSON text."""

from tutelage.core.errors import RowsError
from tutelage.core.row_formats.row_format import Row, RowFormat, refuse
from tutelage.core.row_formats.turns import Turn, read_turns

COLUMNS = ("prompt", "completion", "messages", "chosen", "rejected")
NEEDED = (
    "TRL's columns: `prompt` and `completion`, `messages`, or `prompt`, `chosen` and `rejected`"
)


def _matches(record: Row) -> bool:
    return any(name in record for name in ("prompt", "messages", "chosen"))


def _convert(record: Row, where: str) -> Row:
    row = dict(record)
    for name in COLUMNS:
        if name in row:
            role = "user" if name in ("prompt", "messages") else "assistant"
            row[name] = read_turns(row[name], role, f"{where}: column {name}")
    row = {name: value for name, value in row.items() if value != [] or name not in COLUMNS}
    if not _matches(row):
        raise refuse(where, row, NEEDED)
    if ("chosen" in row) != ("rejected" in row):
        lacks = "rejected" if "chosen" in row else "chosen"
        raise RowsError(f"{where}: column {lacks}: is empty, but a preference has two sides")
    if "chosen" in row:
        row |= _with_prompt(row.get("prompt") or [], row["chosen"], row["rejected"])
        if not row.get("prompt"):
            raise RowsError(
                f"{where}: column prompt: is empty, and `chosen` and `rejected` do not begin with "
                "the same turns, so nothing says what was asked"
            )
    return row


def _with_prompt(prompt: list[Turn], chosen: list[Turn], rejected: list[Turn]) -> Row:
    """The turns that both sides begin with, the prompt's among them, and what is left of each.

    Nothing where the sides do not say the prompt again; the last turn of each is its answer.
    """
    pairs = list(zip(chosen[:-1], rejected[:-1], strict=False))
    same = next((n for n, (one, other) in enumerate(pairs) if one != other), len(pairs))
    begun = chosen[:same]
    systems = sum(turn["role"] == "system" for turn in begun)
    if prompt not in (begun[: len(prompt)], begun[systems:][: len(prompt)]):
        return {}
    return {"prompt": begun, "chosen": chosen[same:], "rejected": rejected[same:]}


TRL = RowFormat("TRL", NEEDED, _matches, _convert)
OPENAI = RowFormat("OpenAI messages", "`messages`", lambda row: "messages" in row, _convert)
