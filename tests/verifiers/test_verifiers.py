"""What each verifier lets pass, what it refuses, and that no text can make it fail."""

import time
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import InputError
from tutelage.verifiers.verifier import build_verifiers, first_failure

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
QUESTION = "Find the number: my lamp KT-4821 is broken."

PASS: list[tuple[Any, str]] = [
    ({"regex": "[A-Z]{2}-[0-9]{4}"}, " KT-4821\n"),
    ({"exact": "KT-4821"}, "KT-4821 "),
    ({"exact": 42}, "42"),
    ({"answer_in_question": True}, "KT-4821"),
    ({"answer_in_question": False}, "KT-4822"),
    ({"json_schema": SCHEMA}, ' {"n": 1}\n'),
    ({"json_schema": {"type": "string"}}, '"x"'),
    (
        {"json_matches_attributes": ["product", "year"]},
        '{"product": "lamp", "year": 2019}',
    ),
    ({"max_words": 3}, "one two, three."),
    ({"min_words": 2}, "two words"),
    ({"contains": ["lamp", "blue"]}, "The Lamp is BLUE."),
    ({"contains": "the  big\nlamp"}, "Here is The Big Lamp!"),
    ({"contains": [2019]}, "In 2019."),
    ({"contains": "\u706f"}, "\u8fd9\u706f\u574f\u4e86"),
    ({"contains": "strasse"}, "Hauptplatz und STRA\u00dfE"),
    ({"contains_any": ["sorry", "please"]}, "Please wait."),
    ({"excludes": ["ant"]}, "The elephant wants."),
    ({"starts_with": "dear customer"}, "Dear customer, hello"),
    ({"ends_with": "yours, Tom."}, "Bye.\nYours, Tom.\n"),
    ({"keeps_attributes": ["product"]}, "The lamp is fine."),
    ({"numeric": {"value": 1234.5}}, "It costs $1,234.50."),
    ({"numeric": {"value": 1234.5}}, "Das macht 1.234,5 Euro"),
    ({"numeric": 12000}, "about 12\u202f000"),
    ({"numeric": -5}, "It is \u22125 degrees"),
    ({"numeric": 8}, "between 3-8"),
    ({"numeric": {"value": 0.125}}, "12.5%"),
    ({"numeric": {"value": 12.5}}, "12.5 %"),
    ({"numeric": {"value": 0.75}}, "so 3/4"),
    ({"numeric": {"value": 3.1, "tolerance": 0.05}}, "pi is 3.14"),
    ({"sentences": 2}, "It costs 3.50 euros. Is that all?"),
    ({"sentences": {"at_least": 1, "at_most": 2}}, "No full stop"),
    ({"bullets": {"at_least": 2}}, "Here:\n- one\n* two\nthree"),
    ({"bullets": 2}, "1. one\n2) two"),
    ({"paragraphs": 2}, "one\nstill one\n\n \ntwo"),
    ({"case": "upper"}, "ALL OF IT, 100%"),
    ({"case": "lower"}, "nothing loud, \u4f60\u597d"),
    ({"case": "title"}, "The Lamp of the Old Harbour"),
    ({"case": "title"}, '"A Tale of Two Lamps" (Part 2), by NASA and iX-7'.replace("iX", "IX")),
    ({"case": "title"}, "\u0412\u043e\u0439\u043d\u0430 \u041c\u0438\u0440"),
    ({"equals_attribute": "product"}, "Lamp."),
    ({"equals_attribute": "product"}, "the lamp"),
    ({"equals_attribute": "year"}, "2019"),
    ({"in_order": ["lamp", "blue"]}, "The Lamp is BLUE, a lamp."),
    ({"in_order": ["lamp", "lamp"]}, "Lamp by lamp"),
    ({"in_order": ["first", "then", "last"]}, "Last week: first this, then that, and last it."),
    ({"in_language": "de"}, "Die Lampe steht auf dem Tisch und leuchtet."),
    ({"in_language": ["en", "de"]}, "The lamp stands on the table and gives light."),
    ({"in_language": "de"}, "KT-4821"),
    ({"keyword_count": {"phrase": "lamp", "exactly": 2}}, "A lamp, a LAMP and lamps."),
    ({"keyword_count": {"phrase": "big lamp", "at_least": 1}}, "The big  lamp."),
    ({"keyword_count": {"phrase": "fan", "at_most": 0}}, "A lamp."),
    ("no_commas", "One. Two; three."),
    ("quoted", ' "A lamp." '),
    ("quoted", "\u201eEine Lampe.\u201c"),
    ("quoted", "\u300c\u706f\u300d"),
]
FAIL: list[tuple[Any, str, str]] = [
    ({"regex": "[A-Z]{2}-[0-9]{4}"}, "It is KT-4821", "does not match"),
    ({"exact": "KT-4821"}, "kt-4821", "not exactly"),
    ({"answer_in_question": True}, "KT-482", "does not stand"),
    ({"answer_in_question": True}, "", "does not stand"),
    ({"json_schema": SCHEMA}, '{"n": "1"}', "n: '1' is not of type 'integer'"),
    ({"json_schema": SCHEMA}, 'Here: ```json\n{"n": 1}\n```', "not JSON"),
    ({"json_schema": SCHEMA}, 'Sure! {"n": 1}', "not JSON"),
    ({"json_schema": SCHEMA}, '{"n": 1, "n": 2}', "twice"),
    ({"json_schema": {}}, "NaN", "NaN"),
    (
        {"json_matches_attributes": ["product"]},
        '{"product": "fan"}',
        "should be 'lamp'",
    ),
    ({"json_matches_attributes": ["product"]}, '["lamp"]', "not a JSON object"),
    ({"json_matches_attributes": ["colour"]}, '{"colour": 1}', "no attribute 'colour'"),
    ({"max_words": 3}, "one two three four", "4 words"),
    ({"max_words": 3}, "\u8fd9\u706f\u574f\u4e86", "4 words"),
    ({"min_words": 2}, "- one !", "1 words"),
    ({"contains": ["lamp"]}, "Lamps.", "lacks 'lamp'"),
    ({"contains_any": ["sorry", "please"]}, "No.", "none of: sorry, please"),
    ({"excludes": ["shut up"]}, "Shut  Up!", "holds 'shut up'"),
    ({"excludes": [","]}, "a, b", "holds ','"),
    ({"starts_with": "no"}, "Nobody knows", "does not start"),
    ({"ends_with": "it."}, "A rabbit.", "does not end"),
    (
        {"keeps_attributes": ["product"]},
        "The fan is fine.",
        "does not name the product",
    ),
    ({"keeps_attributes": ["year"]}, "In 2019.", "question does not name its year"),
    ({"numeric": 42}, "no idea", "no number"),
    ({"numeric": 42}, "42, or rather 43", "43"),
    ({"sentences": 2}, "One. Two. Three.", "3 sentences"),
    ({"bullets": {"at_least": 1}}, "-5 degrees", "0 bullets"),
    ({"case": "lower"}, "almost All", "'A' is not"),
    ({"case": "title"}, "The lamp of Brae", "'lamp' does not begin"),
    ({"case": "title"}, "of Lamps", "'of' does not begin"),
    ({"case": "title"}, "What Lamps Are for", "'for' does not begin"),
    ({"case": "title"}, "THE OLD LAMP", "all capitals"),
    ({"equals_attribute": "product"}, "lamps", "is not the product 'lamp'"),
    ({"equals_attribute": "product"}, "It is a lamp", "is not the product 'lamp'"),
    ({"equals_attribute": "colour"}, "red", "no attribute 'colour'"),
    ({"in_order": ["lamp", "blue"]}, "Blue is the lamp", "'blue' does not come after 'lamp'"),
    ({"in_order": ["lamp", "blue"]}, "The lamps are blue", "lacks 'lamp'"),
    ({"in_order": ["lamp", "lamp"]}, "One lamp", "'lamp' does not come after 'lamp'"),
    ({"in_language": "de"}, "The lamp stands on the table and gives light.", "is in 'en', not de"),
    ({"keyword_count": {"phrase": "lamp", "exactly": 2}}, "lamp lamp lamp", "3 uses"),
    ({"keyword_count": {"phrase": "lamp", "at_least": 1}}, "Lamps.", "0 uses of the phrase"),
    ("no_commas", "One, two", "holds a comma"),
    ("no_commas", "1,200", "holds a comma"),
    ("no_commas", "\u706f\uff0c\u597d", "holds a comma"),
    ("quoted", 'He said "yes"', "quotation marks"),
    ("quoted", '"', "quotation marks"),
    ("quoted", "'A lamp.'", "quotation marks"),
]
BROKEN: list[tuple[Any, str]] = [
    ({"regex": "("}, "not a regular expression"),
    ({"json_schema": {"type": "objct"}}, "not a JSON schema"),
    (
        {"json_schema": {"properties": {"a": {"$ref": "http://127.0.0.1/x"}}}},
        "refers to",
    ),
    ({"json_schema": {"$ref": "#"}}, "without end"),
    ({"json_schema": [1]}, "json_schema"),
    ({"contains": [True]}, "quotes"),
    ({"contains": []}, "contains|phrases"),
    ({"contains": [" "]}, "phrases"),
    ({"numeric": {"value": float("nan")}}, "value"),
    ({"sentences": {"at_least": 3, "at_most": 2}}, "at_least"),
    ({"max_wrods": 3}, "max_words"),
    ({"case": "camel"}, "letters"),
    ({"in_order": ["alone"]}, "phrases"),
    ({"equals_attribute": " "}, "key"),
    ({"in_language": "german"}, "no language code 'german'"),
    ({"keyword_count": {"phrase": "lamp"}}, "exactly"),
]
HOSTILE = [
    "",
    "\0",
    "\ud800",
    "[" * 100_000,
    "9" * 10_000,
    "1" + ",000" * 5_000,
    "1e999999",
    "a" * 50_000 + "!",
    "\u0301" * 5_000,
    "\ufdfa" * 2_000,
    "\u202e right to left",
    "{" * 500 + "}" * 500,
    '{"n": 1e400}',
    "%s {0} {{x}} <|im_end|>",
    "- " * 10_000,
    "\r\n" * 10_000,
    ". " * 10_000,
]


def row() -> Row:
    return {
        "prompt": [{"role": "user", "content": QUESTION}],
        "attributes": {"product": "lamp", "year": "2019"},
    }


def judged(spec: dict[str, Any], answer: str) -> str | None:
    return first_failure(build_verifiers([spec], "here"), answer, row())


@pytest.mark.parametrize(("spec", "answer"), PASS)
def test_passes(spec: dict[str, Any], answer: str) -> None:
    assert judged(spec, answer) is None


@pytest.mark.parametrize(("spec", "answer", "reason"), FAIL)
def test_refuses_with_the_reason(spec: dict[str, Any], answer: str, reason: str) -> None:
    assert reason in str(judged(spec, answer))


@pytest.mark.parametrize(("spec", "message"), BROKEN)
def test_a_wrong_demand_is_an_input_error(spec: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        build_verifiers([spec], "qna.yaml: verify")
    assert "qna.yaml: verify.0" in str(caught.value)


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_judged_quickly(answer: str) -> None:
    started = time.monotonic()
    for spec, _ in PASS:
        judged(spec, answer)
    assert time.monotonic() - started < 5


def test_a_pattern_that_explodes_is_given_up() -> None:
    reason = judged({"regex": r"(?:(\w+)\1?)+-"}, "ab" * 2_000 + "!")
    assert reason is not None


def test_an_answer_may_stand_in_the_context_of_a_grounded_question() -> None:
    (verifier,) = build_verifiers([{"answer_in_question": True}], "here")
    context = "The pier is 80 metres long."
    turns = [{"role": "user", "content": f"{context}\n\nHow long is it?"}]
    assert verifier.check("80 metres", {"prompt": turns, "context": context}) is None
    turns = [{"role": "user", "content": "How long is it?"}]
    assert verifier.check("80 metres", {"prompt": turns, "context": context}) is not None


def test_the_row_may_lack_everything() -> None:
    for spec, _ in PASS:
        build_verifiers([spec], "here")[0].check("an answer", {})


def test_the_first_failure_is_told() -> None:
    verifiers = build_verifiers([{"max_words": 5}, {"contains": "x"}, {"min_words": 4}], "here")
    assert first_failure(verifiers, "one two", row()) == "lacks 'x'"
    assert first_failure((), "anything", row()) is None
