"""Preference pairs: a right attempt before a wrong one, and why there is none."""

import math
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows, answer_of
from tutelage.core.errors import RecipeError, TaxonomyError
from tutelage.stages import DPO, Pairs, Responses
from tutelage.taxonomy.leaf import Taxonomy

from tests.judging import judges
from tests.stages.fakes import PASSAGE, answered, row, scripted
from tests.trees import NOTICES_PATH


def attempts(*texts: str, **more: Any) -> Rows:
    """Attempts at one prompt whose accepted answer is known."""
    rows = [
        answered(text, f"try:{n}", **({"prompt_id": "ask:1", "reference": "25 crowns"} | more))
        for n, text in enumerate(texts)
    ]
    return Rows(rows)


def texts(row: Row) -> tuple[str, str]:
    """The chosen and the rejected answer."""
    return row["chosen"][0]["content"], row["rejected"][0]["content"]


def test_a_right_attempt_is_chosen_before_a_wrong_one(context: Context, taxonomy: Taxonomy) -> None:
    made = Pairs().run(context, [attempts("It costs 25 crowns", "30 crowns")], taxonomy)
    (pair,) = made.kept
    assert texts(pair) == ("It costs 25 crowns", "30 crowns")
    assert pair["parents"] == ["try:0", "try:1"]
    assert [verdict["keep"] for verdict in pair["verdicts"]] == [True, False]
    assert made.rejected == []


def test_attempts_at_a_rewritten_row_are_checked_like_any_others(
    context: Context, taxonomy: Taxonomy
) -> None:
    rewritten = answered("20 crowns", "r", before={"question": "How much?", "answer": "old"})
    asked = Responses(help="none", samples=2, temperature=0.8).run(
        context, Rows([rewritten]), scripted("counting")
    )
    assert not any("before" in attempt for attempt in asked.kept)
    made = Pairs().run(context, [asked], taxonomy)
    assert made.stats["pairs"]["pairs"].get("given") == 0


def test_a_pair_by_checks_is_learnt_without_end_where_margins_count(
    context: Context, taxonomy: Taxonomy
) -> None:
    (pair,) = Pairs().run(context, [attempts("25 crowns", "30 crowns")], taxonomy).kept
    assert DPO(reward_scale=1.0).columns(pair)["margin"] == math.inf
    assert "margin" not in DPO().columns(pair)
    given = pair | {"verdicts": [], "margin": 0.5}
    assert DPO(reward_scale=1.0).columns(given)["margin"] == 0.5


def test_of_right_attempts_the_one_nearest_in_length_is_chosen(
    context: Context, taxonomy: Taxonomy
) -> None:
    given = attempts("25 crowns for one night in that harbour", "25 crowns", "30 crowns")
    (pair,) = Pairs().run(context, [given], taxonomy).kept
    assert texts(pair) == ("25 crowns", "30 crowns")


@pytest.mark.parametrize("wanted", [1, 2, 9])
def test_a_prompt_gives_so_many_pairs_at_most(
    context: Context, taxonomy: Taxonomy, wanted: int
) -> None:
    given = attempts("25 crowns", "1 crown", "2 crowns", "2 crowns")
    made = Pairs(per_prompt=wanted).run(context, [given], taxonomy)
    assert len(made.kept) == min(wanted, 2)  # equal attempts count once
    assert len({pair["id"] for pair in made.kept}) == len(made.kept)


def test_where_all_are_wrong_the_accepted_answer_is_chosen(
    context: Context, taxonomy: Taxonomy
) -> None:
    (pair,) = Pairs().run(context, [attempts("30 crowns", "")], taxonomy).kept
    assert texts(pair) == ("25 crowns", "30 crowns")
    made = Pairs(reference_as_chosen=False).run(context, [attempts("30 crowns")], taxonomy)
    (reason,) = [row["reason"] for row in made.rejected]
    assert reason == "all incorrect: every attempt is wrong, so there is no right one to choose"


def test_where_all_are_right_there_is_nothing_to_prefer(
    context: Context, taxonomy: Taxonomy
) -> None:
    made = Pairs().run(context, [attempts("25 crowns", "for 25 crowns")], taxonomy)
    assert made.kept == []
    (row,) = made.rejected
    assert row["reason"].startswith("all correct: all 2 different attempts are right, so there")


def test_a_skill_is_judged_by_its_verifiers(context: Context, taxonomy: Taxonomy) -> None:
    given = attempts('{"boat": "Alma"}', "no JSON", leaf=NOTICES_PATH, reference="")
    (pair,) = Pairs().run(context, [given], taxonomy).kept
    assert texts(pair) == ('{"boat": "Alma"}', "no JSON")
    assert answer_of(pair) == '{"boat": "Alma"}'


def test_rows_of_another_taxonomy_are_refused(context: Context, taxonomy: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match="no leaf 'knowledge/other'"):
        Pairs().run(context, [attempts("x", leaf="knowledge/other")], taxonomy)


SAME = "25 crowns, paid at the office"


def test_attempts_of_student_and_teacher_meet_at_one_prompt(
    context: Context, taxonomy: Taxonomy
) -> None:
    student = attempts("30 crowns")
    teacher = Rows([answered("25 crowns", "answer:1", parents=["ask:1"], reference="25 crowns")])
    (pair,) = Pairs().run(context, [student, teacher], taxonomy).kept
    assert texts(pair) == ("25 crowns", "30 crowns")
    assert pair["parents"] == ["answer:1", "try:0"]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("taught", ["31 crowns", "30 crowns", "25 crowns"])
def test_a_reference_counts_for_all_attempts_in_whatever_order(
    context: Context, taxonomy: Taxonomy, order: int, taught: str
) -> None:
    parts = [attempts("30 crowns"), attempts(taught, reference=None)]
    made = Pairs(per_prompt=9).run(context, parts[::order], taxonomy)
    assert {texts(pair) for pair in made.kept} == {
        ("25 crowns", wrong) for wrong in {"30 crowns", taught} - {"25 crowns"}
    }
    assert made.rejected == []


def test_without_a_reference_the_passage_decides(context: Context, taxonomy: Taxonomy) -> None:
    given = attempts("25 crowns", "30 crowns", reference="", context=PASSAGE)
    (pair,) = Pairs().run(context, [given], taxonomy).kept
    assert texts(pair) == ("25 crowns", "30 crowns")
    assert pair["verdicts"][1]["reason"] == "the passage lacks the number 30 of the answer"


def test_among_right_attempts_a_judge_decides_in_both_orders(
    context: Context, taxonomy: Taxonomy
) -> None:
    judge = scripted("by_length", judges.__name__)
    made = Pairs().run(context, [attempts("25 crowns", SAME)], taxonomy, judge)
    (pair,) = made.kept
    assert texts(pair) == (SAME, "25 crowns")
    (verdict,) = pair["verdicts"]
    assert (verdict["by"], verdict["keep"], len(verdict["keys"])) == ("judge preference", True, 2)
    assert all(context.journal.show(key) for key in verdict["keys"])
    assert made.stats["pairs"]["pairs"] == {"given": 0, "checks": 0, "judge": 1}
    assert made.stats["pairs"]["duels"]["won"] == 1


@pytest.mark.parametrize(
    ("judge", "reason", "counted"),
    [
        (
            "first_come",
            "inconsistent: the judge's choice changes with the order",
            "inconsistent",
        ),
        (
            "rambling",
            "judge unparsable: no verdict can be read",
            "unparsable",
        ),
    ],
)
def test_what_a_judge_does_not_decide_is_counted(
    context: Context, taxonomy: Taxonomy, judge: str, reason: str, counted: str
) -> None:
    fake = scripted(judge, judges.__name__)
    made = Pairs().run(context, [attempts("25 crowns", SAME)], taxonomy, fake)
    assert (made.kept, [row["reason"] for row in made.rejected]) == ([], [reason])
    assert made.stats["pairs"]["duels"][counted] == 1
    assert made.rejected[0]["verdicts"][0]["keep"] is False


def test_ties_and_small_leads_make_no_pair(context: Context, taxonomy: Taxonomy) -> None:
    judge = scripted("by_length", judges.__name__)
    tied = attempts("25 crowns now", "now 25 crowns")
    (row,) = Pairs().run(context, [tied], taxonomy, judge).rejected
    assert row["reason"] == "tie: in both orders the judge finds the answers equally good"
    close = Pairs(margin=3).run(context, [attempts("25 crowns", SAME)], taxonomy, judge)
    assert [row["reason"] for row in close.rejected] == ["margin: no attempt won by enough"]


def test_wrong_attempts_are_no_matter_for_the_judge(context: Context, taxonomy: Taxonomy) -> None:
    judge = scripted("by_length", judges.__name__)
    stage = Pairs(reference_as_chosen=False)
    made = stage.run(context, [attempts("30 crowns", "31 crowns")], taxonomy, judge)
    (reason,) = [row["reason"] for row in made.rejected]
    assert reason.startswith("all incorrect: all 2 different attempts are wrong")
    assert context.ledger.total().requests == 0


def given(chosen: str, rejected: str) -> Row:
    """A preference as a user's file has it."""
    turns = [[{"role": "assistant", "content": text}] for text in (chosen, rejected)]
    return row(f"{chosen}/{rejected}", "*", chosen=turns[0], rejected=turns[1])


def test_given_preferences_are_taken_with_their_figures(context: Context) -> None:
    rows = Rows([given("yes", "no"), given("same", "same"), given("", "no")])
    made = Pairs().run(context, [rows])
    assert [texts(pair) for pair in made.kept] == [("yes", "no")]
    assert [row["reason"].partition(":")[0] for row in made.rejected] == ["same", "empty"]
    assert made.stats["pairs"]["pairs"]["given"] == 1


def test_given_preferences_give_no_held_out_example_away(
    context: Context, taxonomy: Taxonomy
) -> None:
    leaked = given("25 crowns", "30 crowns") | {
        "prompt": [{"role": "user", "content": "What does a night in Elsmere's harbour cost?"}]
    }
    made = Pairs().run(context, [Rows([leaked])], taxonomy)
    assert [row["reason"].partition(":")[0] for row in made.rejected] == ["decontaminated"]


def test_length_balance_is_reported_and_enforced(context: Context) -> None:
    pairs = [given(f"{n} " + "word " * words, "a few words") for n, words in enumerate((2, 3, 11))]
    loose = Pairs().run(context, [Rows(pairs)])
    length = loose.stats["pairs"]["length"]
    assert (length["chosen_words"], length["rejected_words"]) == (19 / 3, 3)
    assert length["chosen_longer"] == pytest.approx(2 / 3)
    made = Pairs(length_ratio=1.5).run(context, [Rows(pairs)])
    assert len(made.kept) == 2
    assert [row["reason"] for row in made.rejected] == ["length: 12 words chosen, 3 rejected"]
    assert made.stats["pairs"]["length"]["ratio"] == pytest.approx(7 / 6)


def test_rows_of_two_files_that_number_alike_are_all_kept_or_rejected_once(
    context: Context,
) -> None:
    files = [
        [given("yes, and gladly so", "no"), given("a long yes", "no")],
        [given("yes", "no"), given("fine", "not at all")],
    ]
    numbered = [Rows([row | {"id": str(n)} for n, row in enumerate(rows)]) for rows in files]
    made = Pairs(length_ratio=1.2).run(context, numbered)
    assert len(made.kept) + len(made.rejected) == 4
    ids = [row["id"] for row in (*made.kept, *made.rejected)]
    assert sorted(ids) == ["0", "0#2", "1", "1#2"]


def test_prompts_of_two_files_that_number_alike_give_a_pair_each(context: Context) -> None:
    asked = [[{"role": "user", "content": f"Is {n} even?"}] for n in (2, 4)]
    parts = [
        Rows([answered(text, text, leaf="*", prompt_id="1", reference="Yes", prompt=prompt)])
        for prompt in asked
        for text in ("Yes", "")
    ]
    made = Pairs().run(context, parts)
    assert len({pair["id"] for pair in made.kept}) == len(made.kept) == 2


def test_a_rubric_that_grades_is_refused_ahead() -> None:
    with pytest.raises(RecipeError, match="grades answers one by one"):
        Pairs(rubric="pair").check(None)
