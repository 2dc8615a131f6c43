"""Filters that judge a row by itself."""

from dataclasses import replace
from typing import Any

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.errors import InputError
from tutelage.curation.filters.filter_chain import verdicts_of
from tutelage.curation.filters.row_filter import FILTERS, RowFilter, Scope, build_filters

from tests.curation.filter_rows import Judge, row

ALONE = sorted(set(FILTERS) - {"labelled"})
"""Those that need no file."""
FACT = "The Orvin heater switches itself off after five hours."
NO_DOGS = "Dogs may not enter."
TWO = "The blue lamp of Kelda is sold by Bo Marr. Tea is green. Rain is wet. Ada Finch sings."
HOW_LONG = "After how many hours does the Orvin heater switch off?"
FRENCH = "La lampe est bleue et elle pèse trois kilogrammes."
LOOP = "It is warm and it is dry and so it is good. "

KEPT: list[tuple[Any, Row]] = [
    ({"length": {"max_words": 2}}, row("Why?", "Just because.")),
    ("length", row("?", "\U0001f525")),
    ({"length": {"question_min_words": 2}}, row("Not answered yet?") | {"completion": None}),
    ("verified", row("Not answered yet?") | {"completion": None}),
    (
        "refusal",
        row("Politely: no.", "I am sorry, but your refund will not arrive this week."),
    ),
    ("refusal", row("What?", "The door cannot be opened from outside.")),
    ("refusal", row("How many pumps are broken?", "None")),
    ("refusal", row("Which licence does it need in dock?", "Not applicable")),
    ("refusal", row("What does E12 mean?", "The message does not contain a request id.")),
    ("boilerplate", row("How in Helm?", "image: {{ .Values.image.repository }}")),
    ("boilerplate", row("Write a compose file.", "services:\n  web:\n    user: root")),
    ("boilerplate", row("How in Python?", "Write this:\n```\nprint('x')\n# User: a\n```")),
    ("boilerplate", row("How do I strike text?", "Write <s>old</s> around it.")),
    ("boilerplate", row("Write an entry.", "Question: How many berths?\nAnswer: 42")),
    ("boilerplate", row("Draw a line.", "__________")),
    ("boilerplate", row("Start with here is.", "Here is the harbour: calm, cold and deep.")),
    ("boilerplate", row("Answer: what is that?", "The answer is: a lamp.")),
    ("echo", row("Give the number in: it is KT-4821.", "KT-4821")),
    ("repetition", row("Cheer!", "Hip hip hooray, hip hip hooray!")),
    ("repetition", row("Count.", "1 1 1 1 1 1")),
    ("script", row("What is na\u00efve?", "42")),
    ("language", row("How heavy is the lamp?", "Trois")),
    ("language", row("What does the Runa sail to?", "Porto, Braga, Vell, Elsmere")),
    ("language", row("Give the berth of the Alma as JSON.", '{"boat": "Alma", "berth": "7"}')),
    ({"language": ["en", "fr"]}, row("Say it in French, please.", FRENCH)),
    ({"language": "de"}, row("Wie schwer ist die Lampe?", "Sie wiegt drei Kilogramm.")),
    ({"script": "Cyrillic"}, row("\u0427\u0442\u043e?", "\u0414\u0430")),
    ("grounded", row("Anything?", "Anything")),
    ("grounded", row(HOW_LONG, "5 hours", context=FACT)),
    ("grounded", row(HOW_LONG, "It switches off after five hours.", context=FACT)),
    (
        "grounded",
        row("When does it stop?", "after 5 hours", context="It stops after 5 hours."),
    ),
    ("grounded", row("How late may I call?", "Until 10 p.m.", context="Call until 22:00.")),
    ("grounded", row("What did it cost?", "17,000 euros", context="Seventeen thousand euros.")),
    ("grounded", row("Is tea included?", "Yes, tea is included", context="Tea is included.")),
    ("grounded", row("Is it red or green?", "Green", context="It is green.")),
    ("grounded", row("Who may not come in?", "No dogs", context="Dogs must stay outside.")),
    ("grounded", row("Was kostet die Fahrt?", "Zwölf Euro", context="Die Fahrt kostet 12 Euro.")),
    ("grounded", row("办公室几点开门？", "九点", context="港务局办公室九点开门。")),
    ("specific", row("How often is the X2 cleaned?", "Daily", context="Daily.", headings="X2")),
    ("grounded", row("Who may enter?", f"Dogs may not enter. {FACT}", context=f"{FACT} {NO_DOGS}")),
    ("specific", row("Anything?", "Anything")),
    ("self_contained", row("Which document must I bring?", "A passport")),
    ("self_contained", row("In the context of Tallowgate, what is wax?", "Money")),
    ("self_contained", row("What does the author earn?", "5", context="An author earns 5.")),
    ("consistent", row("Who drew it?", "Ines Farrow", alternative="It was Ines Farrow")),
    ("consistent", row("Who drew it?", "Ines Farrow")),
    ("verified", row("Say a little.", "One two three four five six")),
    (
        {"verified": [{"contains": "tea"}]},
        row("What do you drink?", "Tea", leaf="elsewhere"),
    ),
]
DROPPED: list[tuple[Any, Row, str]] = [
    ("length", row("Why?", " \n"), "the answer has 0 words"),
    ({"length": 2}, row("Why?", "one two three"), "at most 2"),
    ({"length": {"question_min_words": 2}}, row("Why?"), "the question has 1 words"),
    (
        "refusal",
        row("What?", "I\u2019m sorry, but I can\u2019t assist with that."),
        "declines",
    ),
    ("refusal", row("What?", "As an AI language model, I feel nothing."), "as an AI"),
    ("refusal", row("What?", "The text does not mention it."), "text does not tell"),
    ("refusal", row("What?", "Unknown."), "is no answer"),
    (
        "boilerplate",
        row("What?", "A lamp.\nQuestion: What else?"),
        "heading of the prompt",
    ),
    ("boilerplate", row("What? Answer: a lamp"), "in the question"),
    ("boilerplate", row("What?", "A lamp<|im_end|>"), "chat marker"),
    ("boilerplate", row("Greet.", "Dear [Your Name], hello"), "a blank"),
    ("boilerplate", row("Greet.", "Sure! Here is a greeting: hello"), "announcement"),
    ("echo", row("What is it?", "what is it"), "the answer is the question"),
    (
        "echo",
        row("Politely: pay the bill right now!", "Pay the bill right now."),
        "word for word",
    ),
    (
        "echo",
        row("Where is the lamp made?", "Where is the lamp made? Porto"),
        "repeats",
    ),
    ("echo", row("Name it.", FACT, context=FACT), "answer is the passage"),
    ("echo", row(FACT, "Yes", context=FACT), "question is the passage"),
    (
        "repetition",
        row("Say please.", "Oh please, please, please, please."),
        "'please' comes 4",
    ),
    ("repetition", row("Tell.", LOOP * 3), "comes 3 times"),
    (
        {"repetition": {"distinct": 0.95}},
        row("Tell.", LOOP + "It is warm and"),
        "distinct",
    ),
    ("language", row("What does the lamp weigh?", FRENCH), "the answer is in 'fr'"),
    ("language", row("Quel est le poids de cette lampe bleue ?"), "the question is in 'fr'"),
    ({"language": ["de", "fr"]}, row(HOW_LONG, FRENCH), "the question is in 'en'"),
    ("script", row("What is it?", "\u8fd9\u662f\u706f"), "0% of the answer's"),
    ("grounded", row(HOW_LONG, "7 hours", context=FACT), "lacks the number 7"),
    ("grounded", row(HOW_LONG, "two days", context=FACT), "lacks the number 2"),
    ("grounded", row(HOW_LONG, "after an endless winter", context=FACT), "lacks 'endless'"),
    (
        "grounded",
        row("When?", "The heater switches off after hours at Tilbury", context=FACT),
        "the name 'Tilbury'",
    ),
    ("grounded", row(HOW_LONG, "Not after five hours", context=FACT), "does not say 'not'"),
    ("grounded", row("Is the Orvin heater off for hours?", "hours", context=FACT), "away"),
    ("grounded", row("Who sells the blue lamp of Kelda?", "Ada Finch", context=TWO), "elsewhere"),
    ("specific", row("When does the Orvin heater stop in 2019?", "5", context=FACT), "2019"),
    ("specific", row("Is the Orvin heater from Leeds on?", "5", context=FACT), "'Leeds'"),
    ("specific", row("Why do birds and bees sing?", "5", context=FACT), "of the question's words"),
    (
        {"specific": {"telling": True}},
        row("What is the Orvin heater?", "Turin", context=FACT),
        "tells what it asks for",
    ),
    ("self_contained", row("When does the heater of the text go off?", "5"), "'of the text'"),
    ("self_contained", row("According to this passage, who?", "Ada"), "'According to this"),
    ("self_contained", row("Wer fährt laut dem Text?", "Ada"), "'laut dem Text'"),
    ("self_contained", row("Qui part, selon le texte ?", "Ada"), "'selon le texte'"),
    ("self_contained", row("¿Quién sale según el texto?", "Ada"), "'según el texto'"),
    ("self_contained", row("根据文章，谁是船长？", "Ada"), "'根据文章'"),
    (
        "consistent",
        row("Who drew it?", "Ines Farrow", alternative="Hanna Voss"),
        "'Hanna Voss'",
    ),
    (
        "verified",
        row("Say.", "One two three four five six seven"),
        "7 words, at most 6",
    ),
    (
        {"verified": [{"contains": "tea"}]},
        row("Drink?", "Gin", leaf="elsewhere"),
        "lacks 'tea'",
    ),
]
HOSTILE = [
    "",
    "\0",
    "\ud800",
    "\u0301" * 500,
    "a " * 20_000,
    "Q: " * 5_000,
    "[[" * 5_000,
    "_" * 20_000,
]


@pytest.mark.parametrize(("spec", "example"), KEPT)
def test_keeps(judge: Judge, spec: Any, example: Row) -> None:
    assert judge(spec, example) == [None]


@pytest.mark.parametrize(("spec", "example", "reason"), DROPPED)
def test_drops_with_its_name_and_the_reason(
    judge: Judge, spec: Any, example: Row, reason: str
) -> None:
    (verdict,) = judge(spec, example)
    name = spec if isinstance(spec, str) else next(iter(spec))
    assert str(verdict).startswith(f"{name}: ")
    assert reason in str(verdict)


@pytest.mark.parametrize(
    ("spec", "first"),
    [
        ("refusal", "I'm sorry, but as an AI language model I cannot help with that."),
        ("repetition", LOOP * 6),
        ("grounded", "It switches off after nine hours."),
    ],
)
def test_every_answer_of_a_conversation_is_looked_at(scope: Scope, spec: str, first: str) -> None:
    turns = [("user", HOW_LONG), ("assistant", first), ("user", "Surely?"), ("assistant", "Yes.")]
    talk = {
        "id": "talk",
        "leaf": "knowledge/heater",
        "context": FACT,
        "messages": [{"role": role, "content": text} for role, text in turns],
    }
    ((_, judge),) = build_filters([spec], "filters")
    (reason,) = verdicts_of(judge, [talk], (), scope)
    assert reason and reason.startswith(f"{spec}: ") and reason.endswith(" (answer 1 of 2)")
    fine = talk | {"messages": talk["messages"][2:]}
    assert verdicts_of(judge, [fine], (), scope) == [None]


@pytest.mark.parametrize(("spec", "example", "reason"), DROPPED)
def test_rows_that_are_there_already_are_not_judged_again(
    judge: Judge, scope: Scope, spec: Any, example: Row, reason: str
) -> None:
    there, new = judge(spec, example, example, within=replace(scope, there=1))
    assert there is None
    assert reason in str(new)


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_rows_get_one_verdict_each(judge: Judge, name: str, text: str) -> None:
    rows = [row(text, text, context=text, alternative=text, id=str(n)) for n in range(3)]
    assert len(judge(name, *rows)) == 3


@pytest.mark.parametrize("name", ALONE)
def test_rows_from_elsewhere_need_no_optional_columns(judge: Judge, name: str) -> None:
    bare: list[Row] = [
        {"prompt": [{"role": "user", "content": "What is tea made of, usually?"}]},
        {
            "messages": [
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "So."},
            ]
        },
        {"prompt": "A plain prompt", "completion": "a plain answer"},
        {},
    ]
    assert len(judge(name, *bare, within=Scope())) == 4


@pytest.mark.parametrize(
    "spec",
    [
        {"script": "Klingon"},
        {"language": "english"},
        {"language": False},  # what YAML makes of Norwegian's `no`
        {"length": {"max_wrods": 3}},
        {"verified": [{"regex": "("}]},
        "groundd",
    ],
)
def test_a_wrong_setting_is_an_input_error(spec: Any) -> None:
    with pytest.raises(InputError):
        build_filters([spec], "filters")


def test_every_filter_builds_by_its_name_alone() -> None:
    assert all(isinstance(f, RowFilter) for _, f in build_filters(ALONE, "filters"))
