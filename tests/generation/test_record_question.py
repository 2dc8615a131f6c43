"""Questions for cells of a table, by column and row."""

import random

from tutelage.generation.record_question import record_question
from tutelage.generation.rule_rows import RuleRows
from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.statements import Statement, statements

ROWS = "| Ebb | 40 | red | – |\n| Tor | 90 | blue | 7 |"
TABLE = f"| Lamp | Height (cm) | Colour | Price |\n|---|---|---|---|\n{ROWS}"
FOUND = statements(Document("lamps.md", f"# Lamps\n\n{TABLE}", "d"))


def test_a_row_is_asked_for_by_its_name_and_the_columns_that_it_has() -> None:
    asked = {record_question(FOUND[0], random.Random(n), is_english=True) for n in range(60)}
    assert {"What is the Colour of Ebb?", "Height of Ebb?", "Ebb: Height (cm)?"} <= asked
    assert not any("Price" in question for question in asked if question)


def test_other_languages_get_no_english_words_and_sentences_no_such_question() -> None:
    asked = {record_question(FOUND[1], random.Random(n), is_english=False) for n in range(40)}
    assert {"Tor: Price?", "Colour, Tor?"} <= asked <= {q for q in asked if q and " of " not in q}
    plain = Statement("s", "lamps.md", ("Lamps",), "Ebb: a lamp.")
    assert record_question(plain, random.Random(1), is_english=True) is None


def test_rows_of_a_table_are_asked_by_rule() -> None:
    prompts = [row.prompt for row in RuleRows(FOUND, 1).make(FOUND[1], 12, {"question": 1})]
    assert any("of Tor?" in prompt for prompt in prompts)
    assert all("Tor" in prompt for prompt in prompts)
