"""Rows by rule: answered in the document's words, in the proportions set, the same for a seed."""

from collections import Counter

from tutelage.generation.rule_rows import Kind, RuleRows
from tutelage.generation.statement_index import StatementIndex
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.statements import Statement, statements

TEXT = """# Handbook of Elsmere

## Dues

A night in the harbour costs 25 crowns. Boats of members pay 12 crowns, and guests pay half.
"""


def found() -> list[Statement]:
    return statements(Document("handbook.md", TEXT, "d"))


def test_every_row_is_answered_by_its_statement() -> None:
    one = found()[0]
    rows = RuleRows(found(), 1).make(one, 12, {"keywords": 1, "gap": 1, "opening": 1})
    assert {row.answer for row in rows} == {one.spoken}
    assert all(row.prompt != row.answer for row in rows)
    assert 0 < sum("Handbook of Elsmere" in row.prompt for row in rows) < len(rows)


def test_a_gap_leaves_words_out_and_an_opening_the_end() -> None:
    rules, one = RuleRows(found(), 1), found()[1]
    assert all("___" in row.prompt for row in rules.make(one, 5, {"gap": 1}))
    assert all(row.prompt.endswith(" ...") for row in rules.make(one, 5, {"opening": 1}))


def test_a_section_is_answered_with_what_stands_under_it() -> None:
    (row,) = RuleRows(found(), 1).make(found()[0], 1, {"section": 1})
    assert row.answer == " ".join(one.text for one in found())
    assert "Dues" in row.prompt


def test_kinds_come_in_proportion_and_a_seed_decides() -> None:
    mix: dict[Kind, float] = {"keywords": 3.0, "gap": 1.0}
    rows = RuleRows(found(), 7).make(found()[1], 40, mix)
    kinds = Counter(row.kind for row in rows)
    assert kinds["keywords"] > kinds["gap"] > 0
    assert rows == RuleRows(found(), 7).make(found()[1], 40, mix)
    assert rows != RuleRows(found(), 8).make(found()[1], 40, mix)


def test_a_question_or_keywords_single_out_their_statement() -> None:
    lines = "".join(
        f"- A berth at the {name} quay costs {price} crowns, water and light included.\n"
        for name, price in (("north", 21), ("south", 34), ("east", 55), ("west", 89))
    )
    every = statements(Document("dues.md", f"# Dues\n\n{lines}", "d"))
    rules, index = RuleRows(every, 3), StatementIndex(every)
    for place, one in enumerate(every):
        rows = rules.make(one, 30, {"question": 5, "keywords": 3})
        told = sum(index.singles_out(row.prompt, place) for row in rows)
        assert len(rows) > 5
        assert told >= 0.8 * len(rows)
    assert not index.singles_out("What does a berth cost?", 0)
    assert index.singles_out("What does the west quay cost?", 3)
