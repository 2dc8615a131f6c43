"""A question for a cell of a table, made of the names of its column and row by rule."""

import random

import regex

from tutelage.taxonomy.documents.statements import Statement

_UNIT = regex.compile(r"\s*\([^()]*\)\Z")
"""What stands in brackets after a column's name: `Weight (kg)`."""
_FORMS = ("{column} of {row}?", "What is the {column} of {row}?", "{row}: {column}?")
_ANY_LANGUAGE = ("{row}: {column}?", "{column}, {row}?")


def record_question(one: Statement, draw: random.Random, *, is_english: bool) -> str | None:
    """Asks for one cell of a row that `draw` chooses, now and then without the column's unit.

    None where the statement is no row of a table, or its row or columns have no names.
    """
    columns = [column for column in one.columns if column]
    if not one.row or not columns:
        return None
    column = draw.choice(columns)
    column = (_UNIT.sub("", column) or column) if draw.random() < 0.5 else column
    asked = draw.choice(_FORMS if is_english else _ANY_LANGUAGE).format(column=column, row=one.row)
    return f"{one.lead} {asked}".strip()
