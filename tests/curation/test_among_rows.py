"""Filters that compare rows with each other, with passages, and with what is held out."""

import json
from pathlib import Path

import pytest
from tutelage.core.errors import RowsError
from tutelage.curation.filters.row_filter import Scope

from tests.curation.filter_rows import Judge, row

FACT = "The Orvin heater is made in Turin."
TASK = "Sort this ticket into JSON with product and category: "


def test_an_exact_duplicate_names_the_first(judge: Judge) -> None:
    verdicts = judge(
        "exact_duplicate",
        row("What is it?", id="a"),
        row("what  IS it", id="b"),
        row("What is C++?", id="c"),
        row("What is C#?", id="d"),
        row("What is 1.5 + 2?", id="e"),
        row("What is 15 + 2?", id="f"),
    )
    assert [verdict is None for verdict in verdicts] == [
        True,
        False,
        True,
        True,
        True,
        True,
    ]
    assert "of row a" in str(verdicts[1])


def test_attempts_at_one_prompt_are_duplicates_by_their_answer(judge: Judge) -> None:
    attempts = [row("What?", text, prompt_id="g", id=text) for text in ("tea", "gin", "Tea.")]
    for name in ("exact_duplicate", "near_duplicate"):
        assert judge(name, *attempts)[:2] == [None, None]
    assert judge("exact_duplicate", *attempts)[2] is not None


def test_a_follow_up_question_is_judged_with_what_came_before(judge: Judge) -> None:
    def talk(first: str) -> list[dict[str, str]]:
        said = [("user", first), ("assistant", "So."), ("user", "And in winter?")]
        return [{"role": role, "content": content} for role, content in said]

    rows = [row("", prompt=talk(first)) for first in ("Do cats purr?", "Is tea good?")]
    assert judge("exact_duplicate", *rows) == [None, None]


def test_near_duplicates_but_not_other_numbers_names_or_leaves(judge: Judge) -> None:
    first = row("How long does the battery of the Kelda lamp last in winter?", id="a")
    near = row("How long does the battery of a Kelda lamp last in winter", id="b")
    other = row("How long does the battery of the Tamso lamp last in winter?", id="c")
    asks = [row(f"How far do I get with {n} litres of petrol in the tank?") for n in (5, 6)]
    elsewhere = near | {"leaf": "knowledge/elsewhere"}
    verdicts = judge("near_duplicate", first, near, other, *asks, elsewhere)
    assert [verdict is None for verdict in verdicts] == [
        True,
        False,
        True,
        True,
        True,
        True,
    ]
    assert "like row a" in str(verdicts[1])


def test_semantic_duplicates_by_embedding_but_not_other_numbers_or_leaves(judge: Judge) -> None:
    first = row("How long does the battery of the lamp last in winter?", id="a")
    near = row("In winter, how long does the battery of the lamp last?", id="b")
    other = row("Who mends a broken tent pole?", id="c")
    asks = [row(f"How far do I get with {n} litres of petrol in the tank?") for n in (5, 6)]
    elsewhere = near | {"leaf": "knowledge/elsewhere"}
    verdicts = judge({"semantic_duplicate": 0.8}, first, near, other, *asks, elsewhere)
    assert [verdict is None for verdict in verdicts] == [True, False, True, True, True, True]
    assert "semantic_duplicate: 0." in str(verdicts[1])
    assert "like row a" in str(verdicts[1])
    attempts = [one | {"prompt_id": "g"} for one in (first, near)]
    assert judge({"semantic_duplicate": 0.8}, *attempts) == [None, None]


def test_near_duplicates_leave_the_tasks_opening_out(judge: Judge) -> None:
    tickets = [
        "My lamp is dark.",
        "The fan is late.",
        "I paid twice!",
        "My lamp is dark!!",
    ]
    verdicts = judge("near_duplicate", *(row(TASK + ticket) for ticket in tickets))
    assert [verdict is None for verdict in verdicts] == [True, True, True, False]


def test_a_question_must_not_fit_another_passage_better(judge: Judge) -> None:
    made = row("In which city is the Orvin heater made?", "Turin", context=FACT)
    moved = row("After how many hours is the Orvin heater off?", "Turin", context=FACT)
    strict = {"specific": {"margin": 0}}
    assert judge(strict, made) == [None]
    assert "another passage better: 'The Orvin heater switches" in str(judge(strict, moved)[0])


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("In which city is the Orvin heater built by hand these days?", "Turin"),
        ("in which city IS the orvin heater built by hand, these days", "x"),
        ("In which town is the Orvin heater built by hand these days?", "x"),
        ("Tell me: is the Orvin heater built by hand these days or not?", "x"),
        (
            "Tell a story.",
            "They ask in which city is the Orvin heater built by hand today.",
        ),
        ("WHO drew it", "Ines"),
        # hostile near-copies
        (
            "In wh\u200bich ci\u00adty is the Orvin hea\u200bter bui\u200blt by hand these days?",
            "x",
        ),
        ("\uff29\uff4e which city is the Orvin heater built by hand these days?", "x"),
        ("In which city, *is* the _Orvin_ heater... built - by hand - these days?", "x"),
        ("Hello. In which citty is the Orvin heatr built by handd these days? Thanks.", "x"),
        ("Repeat!", "They ask this. In wich city is the Orvin heater bilt by hand these days?"),
        ("What is so?", "I was asked this. In which ctiy is the Orvin heater built by hnd today?"),
    ],
)
def test_what_is_held_out_is_dropped(judge: Judge, question: str, answer: str) -> None:
    (verdict,) = judge("decontaminated", row(question, answer))
    assert str(verdict).startswith("decontaminated: ")
    assert "held:" in str(verdict)


@pytest.mark.parametrize(
    "question",
    [
        "How much does the Orvin heater weigh?",
        "In which city is the Kelda lamp built by machines these days?",
        "Where is the lamp of the kitchen?",
    ],
)
def test_seeds_and_other_questions_are_kept(judge: Judge, question: str) -> None:
    assert judge("decontaminated", row(question, "13 kilograms")) == [None]


def test_an_earlier_turn_gives_it_away_too(judge: Judge) -> None:
    near = "In which citys is the Orvin heater buildt by hand these days?"
    turns = [("user", near), ("assistant", "Turin"), ("user", "Thanks!")]
    talk = [{"role": role, "content": text} for role, text in turns]
    assert judge("decontaminated", row("", prompt=talk))[0] is not None


def test_decontamination_reads_pairs_and_messages(judge: Judge) -> None:
    secret = "So in which city is the Orvin heater built by hand these days?"
    turns = [{"role": "user", "content": secret}, {"role": "assistant", "content": "x"}]
    assert judge("decontaminated", {"messages": turns})[0] is not None
    assert judge("decontaminated", row("Tell.") | {"rejected": turns[:1]})[0] is not None


def test_benchmark_files_count_too(judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "bench.jsonl"
    text = "Which of the seven seas did the old captain cross first?"
    file.write_text(json.dumps({"question": text, "answer": "the red one"}) + "\n")
    within = Scope(held_out=[file])
    asked = row("Well: " + text)
    assert "bench.jsonl:1" in str(judge("decontaminated", asked, within=within)[0])
    file.write_text('{"prompt": []}\n')
    with pytest.raises(RowsError, match="row 1 has no"):
        judge("decontaminated", row("x"), within=within)


OPENING = "The gate of lock nine sticks at low water, so what do I check first?"


def test_every_telling_turn_of_a_benchmark_counts(judge: Judge, tmp_path: Path) -> None:
    said = [("user", OPENING), ("assistant", "The hinge."), ("user", "And then?")]
    turns = [{"role": role, "content": text} for role, text in said]
    talks = [
        {"messages": turns, "answer": "Grease it."},
        {"messages": turns[:2], "question": "Which winch lifts it out at night?", "answer": "Two."},
        {"messages": [{"role": "user", "content": "Really so?"}], "answer": "Yes."},
    ]
    file = tmp_path / "talks.jsonl"
    file.write_text("\n".join(map(json.dumps, talks)))
    asked = [row(OPENING), row("And then?"), row("Which winch lifts it out at night"), row("So?")]
    told = judge("decontaminated", *asked, row("Really so?"), within=Scope(held_out=[file]))
    found = [None if reason is None else reason.rpartition(" ")[2] for reason in told]
    assert found == ["talks.jsonl:1", None, "talks.jsonl:2", None, "talks.jsonl:3"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 5 + 3?", "What is 5 - 3?"),
        ("What does x == y do?", "What does x != y do?"),
        ("What does x = y do?", "What does x != y do?"),
        ("Is it written in C# these days?", "Is it written in C++ these days?"),
        ("Which pumps are allowed in the yard?", "Which pumps are not allowed in the yard?"),
        ("Welche Pumpen dürfen auf den Hof?", "Welche Pumpen dürfen nicht auf den Hof?"),
    ],
)
def test_operators_and_negation_tell_questions_apart(judge: Judge, one: str, other: str) -> None:
    for spec in ("exact_duplicate", {"near_duplicate": 0.5}, {"semantic_duplicate": 0.5}):
        assert judge(spec, row(one, id="a"), row(other, id="b")) == [None, None]


def _held(tmp_path: Path, *questions: str) -> Scope:
    file = tmp_path / "held.jsonl"
    lines = [{"question": text, "answer": f"x{n}"} for n, text in enumerate(questions)]
    file.write_text("\n".join(map(json.dumps, lines)))
    return Scope(held_out=[file])


def test_what_several_held_out_questions_share_gives_none_away(
    judge: Judge, tmp_path: Path
) -> None:
    stem = "Which of the following statements is true about the"
    others = [f"Name tool {n} that a smith keeps on shelf {3 * n}." for n in range(56)]
    within = _held(tmp_path, *(f"{stem} {what}?" for what in ("quay", "mole", "crane")), *others)
    rows = [row(f"{stem} {what}?") for what in ("moons of Jupiter", "crane")]
    kept, leaked = judge("decontaminated", *rows, within=within)
    assert kept is None
    assert leaked is not None


def test_a_tasks_wording_in_quotes_and_lists_gives_nothing_away(
    judge: Judge, tmp_path: Path
) -> None:
    def task(ending: str, *items: str) -> str:
        return f'Turn this list into a sentence that ends with "{ending}":\n- ' + "\n- ".join(items)

    held = task("many thanks", "water the ferns", "empty the letterbox", "feed the tortoise")
    others = [task(f"word {n}", f"sell the boat {n}", f"buy the farm {n}") for n in range(4)]
    fresh = task("many thanks", "water the horses", "empty the bucket", "sweep the stable")
    within = _held(tmp_path, held, *others)
    kept, leaked = judge("decontaminated", row(fresh), row(held), within=within)
    assert kept is None
    assert leaked is not None


def test_a_run_of_words_is_as_long_in_scripts_without_spaces(judge: Judge, tmp_path: Path) -> None:
    asked = "维尔姆港务局办公室星期六的营业时间是几点到几点？"
    within = _held(tmp_path, asked)
    rows = [
        row("维尔姆港务局办公室的电话号码是多少？"),
        row("渔具商店星期六的营业时间是什么？"),
        row(asked),
    ]
    verdicts = judge("decontaminated", *rows, within=within)
    assert [verdict is None for verdict in verdicts] == [True, True, False]
