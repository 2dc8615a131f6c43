"""Statements: sentences, items and cells, each such that it can be said by itself."""

from tutelage.taxonomy.documents.document import Document
from tutelage.taxonomy.documents.spans import answer_spans
from tutelage.taxonomy.documents.statement_coverage import coverage
from tutelage.taxonomy.documents.statements import statements


def spoken(text: str, name: str = "guide.md") -> list[str]:
    return [one.spoken for one in statements(Document(name, text, "d"))]


def test_each_sentence_is_a_statement_and_a_pronoun_takes_the_sentence_before() -> None:
    text = "# Oven\n\nThe oven weighs 9 kg. It was built in Lenn. Dr. Moss tests each one."
    assert spoken(text) == [
        "The oven weighs 9 kg.",
        "The oven weighs 9 kg. It was built in Lenn.",
        "Dr. Moss tests each one.",
    ]


def test_clauses_between_semicolons_are_statements_of_their_own() -> None:
    text = "# Port\n\nLarge ships go to the deep basin; small boats use the old one beside it."
    assert spoken(text)[0] == "Large ships go to the deep basin."
    clear = "# Port\n\nLarge ships go to the deep basin; small boats use the old harbour wall."
    assert spoken(clear)[1] == "Small boats use the old harbour wall."
    assert len(spoken("# Port\n\n- Ana: cook; speaks Dutch and some French")) == 1


def test_pronouns_in_a_row_lean_on_the_same_sentence_also_over_paragraphs() -> None:
    text = "# Bird\n\nThe wren is a bird. It is small. It sings.\n\nThey say it is shy."
    assert spoken(text)[2:] == [
        "The wren is a bird. It sings.",
        "It sings. They say it is shy.",
    ]


def test_a_table_gives_a_statement_for_each_row_with_its_columns() -> None:
    rows = "| Tea | Price | Size |\n|---|---:|---|\n| Mint | 3 € | **big** |\n| Lime | | small |"
    text = f"# Shop\n\n## Prices\n\n{rows}"
    assert spoken(text) == ["Mint: Price 3 €; Size big.", "Lime: Size small."]


def test_a_long_row_gives_a_statement_for_each_cell() -> None:
    cell = "a rather long remark on how this tea is made and served in winter and summer"
    found = spoken(f"| Tea | How | When |\n|---|---|---|\n| Mint | {cell} | {cell} |")
    assert found == [f"Mint: How {cell}.", f"Mint: When {cell}."]


def test_a_column_or_a_header_without_a_name_and_a_bar_in_a_cell() -> None:
    assert spoken("| | Price |\n|---|---|\n| A \\| B | 3 |") == ["A | B: Price 3."]
    assert spoken("| Key | |\n|---|---|\n| Colour | red |") == ["Colour: red."]


def test_items_take_what_introduces_them_and_fragments_their_heading() -> None:
    stay = "# Hall\n\nYou may stay if:\n\n- the door is open\n- the lamp is lit\n\n"
    text = f"{stay}## Staff\n\n- Ana Roe, cook\n- Bo Li: baker\n- Lee bakes the bread here daily."
    assert spoken(text) == [
        "You may stay if: the door is open.",
        "You may stay if: the lamp is lit.",
        "Staff: Ana Roe, cook.",
        "Bo Li: baker.",
        "Lee bakes the bread here daily.",
    ]


def test_a_heading_that_asks_stands_before_its_answer() -> None:
    assert spoken("# Pool\n\n## May I dive?\n\nNo, the pool is too shallow.") == [
        "May I dive? No, the pool is too shallow."
    ]


def test_numbering_is_left_out_and_lines_with_labels_part() -> None:
    assert spoken("# R\n\n(1) The bell rings twice.\n\n3.4 The gate shuts at noon.") == [
        "The bell rings twice.",
        "The gate shuts at noon.",
    ]
    assert spoken("Opening: 9 to 5\nPhone: 123", "card.txt") == ["Opening: 9 to 5.", "Phone: 123."]


def test_statements_are_told_apart_by_place_and_said_twice_once() -> None:
    text = "# A\n\nThe lamp is red. The lamp is red.\n\n# B\n\nThe lamp is red."
    found = statements(Document("a.md", text, "d"))
    assert [one.headings for one in found] == [("A",), ("B",)]
    assert len({one.id for one in found}) == 2


def test_spans_are_quantities_names_and_ends_of_clauses() -> None:
    text = "Since 1976, dues are 41,000 crowns, paid to Ada Moss on the east pier."
    assert answer_spans(text) == ["1976", "41,000 crowns", "Ada Moss", "east pier"]


def test_coverage_counts_statements_and_sections_and_names_what_is_missing() -> None:
    found = statements(
        Document("a.md", "# A\n\nOne is red. Two is blue.\n\n# B\n\nTen is grey.", "d")
    )
    told = coverage(found, [found[0].id])
    assert (told["statements"], told["statements_with_rows"]) == (3, 1)
    assert (told["sections"], told["sections_with_rows"]) == (2, 1)
    assert told["without"] == ["Two is blue.", "Ten is grey."]
