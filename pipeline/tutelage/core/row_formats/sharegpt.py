"""ShareGPT: `conversations` of {from, value}, perhaps `system` and `tools`."""

from tutelage.core.row_formats.row_format import Row, RowFormat, first_of, opened, without
from tutelage.core.row_formats.turns import read_turns

_TURNS = ("conversations", "conversation", "dialogue")
_SYSTEM = ("system", "system_prompt")


def _convert(record: Row, where: str) -> Row:
    name = first_of(record, _TURNS)
    assert name is not None  # by `matches`
    turns = read_turns(record[name], "user", f"{where}: column {name}")
    return without(record, name, *_SYSTEM) | {"messages": [*opened(record, _SYSTEM, where), *turns]}


SHAREGPT = RowFormat(
    "ShareGPT",
    "`conversations`",
    lambda record: first_of(record, _TURNS) is not None,
    _convert,
)
