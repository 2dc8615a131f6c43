"""The opening that a task's questions share."""

from tutelage.curation.duplicates.task_opening import opening, without

TASK = "Sort this ticket into JSON with product and category: "


def test_an_opening_ends_where_a_clause_is_closed() -> None:
    assert opening([TASK + text for text in ("My lamp", "A fan", "A key")]) == TASK.strip()
    assert opening(["What is the price of tea?"] * 3 + ["What is the price of gin?"]) == ""
    assert opening([]) == ""
    assert without("Do this:", "Do this: now") == "now"
    assert without("Do this:", "Do it") == "Do it"
