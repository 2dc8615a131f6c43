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
        "The wren is a bird. It sings. They say it is shy.",
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
    dash = "| Key | Red | Tin |\n|---|---|---|\n| Size | – | 4 cm |"
    assert spoken(dash) == ["Size: Tin 4 cm."]
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


def test_an_amount_that_begins_an_item_is_no_numbering() -> None:
    found = spoken("# Mortar\n\n- 2.5 litres of water\n\n1.2 Prices rise yearly.")
    assert found == ["2.5 litres of water.", "Prices rise yearly."]


def test_items_inside_items_take_the_one_around_them() -> None:
    cranes = "- Rail cranes\n  - Bessie: lifts 9 tons\n- Each crane has:\n  - a bell\n"
    assert spoken(f"# Yard\n\n## Cranes\n\n{cranes}") == [
        "Cranes: Rail cranes.",
        "Rail cranes: Bessie: lifts 9 tons.",
        "Each crane has: a bell.",
    ]


def test_what_sections_have_in_common_is_led_by_the_heading_above() -> None:
    table = "| Side | cm |\n|---|---|\n| long | 90 |"
    lathe = f"## Lathe\n\n### Price\n\nIt is 900 crowns.\n\n### Size\n\n{table}"
    saw = "## Saw\n\nMade in Orm.\n\n### Price\n\nIt is 70 crowns."
    assert spoken(f"# Tools\n\n## Shop\n\nThe shop has two rooms.\n\n{lathe}\n\n{saw}") == [
        "The shop has two rooms.",
        "Lathe, Price: It is 900 crowns.",
        "Lathe, Size: long: cm 90.",
        "Saw: Made in Orm.",
        "Saw, Price: It is 70 crowns.",
    ]


def test_a_heading_of_the_document_and_of_one_section_makes_none_alike() -> None:
    text = (
        "# Tools\n\n## Use\n\nOil them every month.\n\n## Saw\n\n### Use\n\nThe saw cuts wet wood."
    )
    assert spoken(text) == ["Oil them every month.", "The saw cuts wet wood."]


def test_lists_introduced_alike_and_shared_labels_name_their_section() -> None:
    cake = "## Cake\n\nNeeds:\n\n- 3 eggs\n\nTime: 40 minutes\n\n"
    stew = "## Stew\n\nNeeds:\n\n- 2 leeks\n\nTime: 90 minutes"
    assert spoken(f"# Food\n\n{cake}{stew}") == [
        "Cake, Needs: 3 eggs.",
        "Cake: Time: 40 minutes.",
        "Stew, Needs: 2 leeks.",
        "Stew: Time: 90 minutes.",
    ]


def test_items_under_a_heading_that_asks_and_what_goes_on_from_an_answer() -> None:
    cost = "## What does it cost?\n\n- Adults: 4 euros\n\n"
    assert spoken(f"# Pool\n\n{cost}## Where is it?\n\nIn Mill Lane. It is signed.") == [
        "What does it cost? Adults: 4 euros.",
        "Where is it? In Mill Lane.",
        "Where is it? In Mill Lane. It is signed.",
    ]


def test_steps_and_pronouns_near_the_beginning_lean_on_the_step_before() -> None:
    text = "# Glue\n\n1. Boil the hide.\n2. Let it cool.\n\nThe glue has its smell."
    assert spoken(text) == [
        "Boil the hide.",
        "Boil the hide. Let it cool.",
        "The glue has its smell.",
    ]


def test_a_pronoun_for_a_person_leans_on_the_last_sentence_with_a_name() -> None:
    text = "# Mill\n\nThe mill was sold to Ada Moss in May. The price was low. She paid in silver."
    assert spoken(text)[2] == "The mill was sold to Ada Moss in May. She paid in silver."


def test_pronouns_of_other_languages_but_not_a_formal_address() -> None:
    text = "# Uhr\n\nDie Uhr hängt im Turm. Sie wurde 1890 gebaut und ist aus Messing."
    assert spoken(text)[1].startswith("Die Uhr hängt im Turm. Sie wurde")
    formal = "# Uhr\n\nDie Uhr können Sie hören. Sie dürfen den Turm nicht betreten."
    assert spoken(formal)[1] == "Sie dürfen den Turm nicht betreten."
    french = "# Pont\n\nLe pont est fait de pierre et de bois. Il a été construit par un moine."
    assert spoken(french)[1].startswith("Le pont est fait de pierre et de bois. Il a")


def test_numbered_lines_and_capitals_are_headings_and_lettered_lines_are_items() -> None:
    have = "The tenant shall have, on the ground floor of the house and at no cost:"
    text = (
        "LEASE\n\n1. RENT\n1.1 Rent is 90 crowns a month.\n1.2 It is due on Fridays.\n\n2. Use\n\n"
        f"2.1 {have}\n(a) a key;\n(b) a lamp, which\nhe fills himself; and\n(c) 2 chairs.\n"
    )
    found = statements(Document("lease.txt", text, "d"))
    assert [one.spoken for one in found] == [
        "Rent is 90 crowns a month.",
        "Rent is 90 crowns a month. It is due on Fridays.",
        f"{have} a key.",
        f"{have} a lamp, which he fills himself.",
        f"{have} 2 chairs.",
    ]
    assert {one.headings for one in found} == {("LEASE", "RENT"), ("LEASE", "Use")}


def test_a_line_with_a_figure_a_list_and_the_last_line_are_no_headings() -> None:
    rice = "1. salt\n2. Rice\n\nAll of the rice is sold."
    text = f"1. Hall 5\n\nThe hall is cold.\n\n{rice}\n\nDAILY BREAD IS SOLD"
    assert spoken(text, "hall.txt") == [
        "Hall 5.",
        "The hall is cold.",
        "salt.",
        "Rice.",
        "All of the rice is sold.",
        "DAILY BREAD IS SOLD.",
    ]


def test_numbers_of_pages_are_left_out_and_entries_may_go_on_in_the_next_line() -> None:
    entries = "Place: the barn\nPresent: Ana, Bo,\nand Lee\nAway: Kim"
    assert spoken(f"{entries}\n\nPage 1 of 2\n\nBo sang.\n\nPage 2 of 2", "log.txt") == [
        "Place: the barn.",
        "Present: Ana, Bo, and Lee.",
        "Away: Kim.",
        "Bo sang.",
    ]
    assert "Page 1 of 1." in spoken("Bo sang.\n\nPage 1 of 1", "log.txt")


def test_terms_with_definitions_are_entries() -> None:
    assert spoken("Ebb\n: The sea falls\n: also low tide\n\nSpring tide\n: The highest one") == [
        "Ebb: The sea falls.",
        "Ebb: also low tide.",
        "Spring tide: The highest one.",
    ]


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
