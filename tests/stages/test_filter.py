"""Filtering: every row in is a row out, kept or rejected, with each filter's word on it."""

import json
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import InputError, RecipeError, RowsError, TaxonomyError
from tutelage.stages import Filter
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import answered, row
from tests.trees import NOTICES_PATH, wrong_demand

HELD = "What does a night in Elsmere's harbour cost?"


def shouting(row: Row) -> str | None:
    """A user's own filter: a plain function."""
    text = row["completion"][0]["content"]
    return "shouting: all capitals" if text.isupper() else None


MINE = {"use": f"{__name__}:shouting"}


def test_rows_in_are_rows_kept_and_rows_rejected(context: Context) -> None:
    given = [answered("LOUD", "1"), answered("calm", "2", prompt=[]), answered("calm", "3")]
    stage = Filter(filters=[MINE, "exact_duplicate"])
    made = stage.run(context, [Rows(given[:2]), Rows(given[2:], [answered("old", "0")])])
    assert [row["id"] for row in made.kept] == ["2", "3"]
    assert [(row["id"], row["reason"]) for row in made.rejected] == [
        ("1", "shouting: all capitals")
    ]
    assert all("verdicts" not in row for row in given)


def test_rows_of_two_parts_that_number_alike_get_ids_of_their_own(context: Context) -> None:
    parts = [Rows([answered(text, "1")]) for text in ("one", "two", "three")]
    made = Filter(filters=[]).run(context, parts)
    assert [row["id"] for row in made.kept] == ["1", "1#2", "1#3"]


def test_every_filter_leaves_its_word(context: Context) -> None:
    given = answered("calm", verdicts=[{"by": "before", "keep": True, "reason": None}])
    (kept,) = Filter(filters=[MINE, "exact_duplicate"]).run(context, [Rows([given])]).kept
    said = [(verdict["by"], verdict["keep"]) for verdict in kept["verdicts"]]
    assert said == [("before", True), (MINE["use"], True), ("exact_duplicate", True)]


def test_the_first_reason_counts_and_later_filters_are_not_asked(context: Context) -> None:
    (rejected,) = (
        Filter(filters=[MINE, {"length": {"max_words": 1}}])
        .run(context, [Rows([answered("VERY LOUD")])])
        .rejected
    )
    assert [verdict["keep"] for verdict in rejected["verdicts"]] == [False]


def test_held_out_examples_are_kept_out_by_default(context: Context, taxonomy: Taxonomy) -> None:
    leaked = Rows([answered("25 crowns", prompt=[{"role": "user", "content": HELD}])])
    (rejected,) = Filter().run(context, [leaked], taxonomy=taxonomy).rejected
    assert rejected["reason"].startswith("decontaminated: ")
    assert Filter(decontaminate=False).run(context, [leaked], taxonomy=taxonomy).rejected == []
    assert Filter().run(context, [leaked]).rejected == []


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("exact_duplicat", "did you mean 'exact_duplicate'"),
        ({"length": {"max_word": 3}}, "filters.0"),
        ({}, r"filters\.0: write a name"),
        ({"use": "no_such_module:Filter"}, "cannot be imported"),
        ({"use": "pathlib:Path"}, "is a class but not a RowFilter or Verifier"),
        ({"use": MINE["use"], "loud": True}, "is a function and takes no settings"),
    ],
)
def test_a_wrong_filter_is_named_ahead(spec: str | dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Filter(filters=[spec]).check(None)


def test_a_wrong_demand_of_a_leaf_is_named_ahead(tmp_path: Path) -> None:
    taxonomy = wrong_demand(tmp_path / "taxonomy")
    with pytest.raises(TaxonomyError, match=r"qna\.yaml: verify\.0: unknown name 'max_word'"):
        Filter().check(taxonomy)


def test_what_a_leaf_demands_is_asked_of_its_answers_by_default(
    context: Context, taxonomy: Taxonomy
) -> None:
    rows = [
        answered('{"boat": "Bris"}', "right", leaf=NOTICES_PATH),
        answered("no JSON", "wrong", leaf=NOTICES_PATH),
        answered("no JSON", "elsewhere"),
        row("asked", leaf=NOTICES_PATH),
    ]
    made = Filter(decontaminate=False).run(context, [Rows(rows)], taxonomy=taxonomy)
    assert [row["id"] for row in made.kept] == ["right", "elsewhere", "asked"]
    assert made.rejected[0]["reason"].startswith("verified: ")
    loose = Filter(decontaminate=False, verify=False)
    assert loose.run(context, [Rows(rows)], taxonomy=taxonomy).rejected == []
    (kept,) = Filter(decontaminate=False).run(context, [Rows(rows[3:])], taxonomy=taxonomy).kept
    assert kept["verdicts"] == []


def test_decontamination_under_use_is_not_added_again(context: Context, taxonomy: Taxonomy) -> None:
    stage = Filter(filters=[{"use": "decontaminated", "ngram": 5}])
    (kept,) = stage.run(context, [Rows([answered("calm", prompt=[])])], taxonomy=taxonomy).kept
    assert [verdict["by"] for verdict in kept["verdicts"]] == ["decontaminated"]


def test_files_of_held_out_examples_count_by_content(tmp_path: Path) -> None:
    file = tmp_path / "exam.jsonl"
    stage = Filter(held_out=[file])
    with pytest.raises(RowsError, match=r"exam\.jsonl: no such file"):
        stage.check(None)
    file.write_text(json.dumps({"prompt": "Who drew the lamp?"}), encoding="utf-8")
    before = stage.identity()
    assert stage.identity() == before
    file.write_text(json.dumps({"prompt": "Who built the crane?"}), encoding="utf-8")
    assert stage.identity() != before


def test_files_of_held_out_examples_are_kept_out(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "exam.jsonl"
    file.write_text(json.dumps({"prompt": HELD}), encoding="utf-8")
    rows = Rows([answered("25 crowns", prompt=[{"role": "user", "content": HELD}])])
    stage = Filter(held_out=[file])
    assert len(stage.run(context, [rows]).rejected) == 1
    file.write_text('{"answer": "no question"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"exam\.jsonl: row 1"):
        stage.run(context, [rows])


def test_diversity_is_measured_before_and_after_every_filter(
    context: Context, taxonomy: Taxonomy
) -> None:
    asked = ["What is tea?", "what is TEA", "What is gin made of?", "Who sells rope here?"]
    rows = [
        answered("A drink.", str(n), prompt=[{"role": "user", "content": text}])
        for n, text in enumerate(asked)
    ]
    stage = Filter(filters=["length", "exact_duplicate", {"diverse": 2}])
    made = stage.run(context, [Rows(rows)], taxonomy=taxonomy)
    figures = made.stats["diversity"]
    counts = {f["when"]: f["value"] for f in figures if (f["leaf"], f["metric"]) == ("*", "rows")}
    assert counts == {"before": 4, "after exact_duplicate": 3, "after diverse": 2, "after": 2}
    assert "collapse" not in made.stats


def test_a_round_that_narrows_is_warned_of(context: Context) -> None:
    things = [
        "tea",
        "gin",
        "rope",
        "tar",
        "salt",
        "wool",
        "coal",
        "iron",
        "glass",
        "soap",
        "ink",
        "lime",
    ]
    rounds = [
        Rows(
            [
                answered(
                    f"{a} and {b}", f"{a}{b}", prompt=[{"role": "user", "content": f"{b}? {a}"}]
                )
                for a in things[:many]
                for b in things
            ]
        )
        for many in (11, 1)
    ]
    said: list[str] = []
    object.__setattr__(context.progress, "say", said.append)
    made = Filter().run(context, [rounds[1]], round_before=rounds[0])
    (fall,) = made.stats["collapse"]
    assert fall["alarm"]
    assert fall["before"] > fall["after"]
    assert "diversity fell since the round before" in said[0]
    again = Filter().run(context, [rounds[0]], round_before=rounds[0])
    assert not again.stats["collapse"][0]["alarm"]


def test_rows_are_decontaminated_before_the_most_diverse_are_chosen(
    context: Context, taxonomy: Taxonomy
) -> None:
    asked = [HELD, "What is the crane for?"]
    rows = [
        answered("25 crowns", str(n), prompt=[{"role": "user", "content": text}])
        for n, text in enumerate(asked)
    ]
    made = Filter(filters=[{"diverse": 1}]).run(context, [Rows(rows)], taxonomy=taxonomy)
    assert [row["id"] for row in made.kept] == ["1"]
