"""Plain texts: a column `text`, as TRL names it; a training takes every token of it."""

from tutelage.core.row_formats.row_format import Row, RowFormat, text_at

_OTHERS = ("prompt", "completion", "messages", "chosen", "question", "instruction", "conversations")


def _matches(record: Row) -> bool:
    return "text" in record and not any(name in record for name in _OTHERS)


def _convert(record: Row, where: str) -> Row:
    return dict(record) | {"text": text_at(record, "text", where)}


PLAIN_TEXT = RowFormat("plain text", "`text`", _matches, _convert)
