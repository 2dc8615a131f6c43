"""The opening that a task's questions share."""

import random

from tutelage.curation.duplicates.task_opening import (
    count_sharing,
    opening,
    opening_of,
    shared_runs,
    without,
)

TASK = "Sort this ticket into JSON with product and category: "


def test_an_opening_ends_where_a_clause_is_closed() -> None:
    assert opening([TASK + text for text in ("My lamp", "A fan", "A key")]) == TASK.strip()
    assert opening(["What is the price of tea?"] * 3 + ["What is the price of gin?"]) == ""
    assert opening([]) == ""
    assert without("Do this:", "Do this: now") == "now"
    assert without("Do this:", "Do it") == "Do it"


def test_parts_find_the_opening_of_the_whole() -> None:
    draw = random.Random(1)
    found = 0
    for _ in range(300):
        words = ("a", "b:", "c", "d.")[: draw.randint(1, 4)]
        asked = [" ".join(draw.choices(words, k=draw.randint(0, 5))) for _ in range(12)]
        parts = [asked[first::5] for first in range(5)]
        runs = sorted({run for part in parts for run in shared_runs(part)})
        each = zip(*(count_sharing(part, runs) for part in parts), strict=True)
        counts = [[sum(of) for of in zip(*of_run, strict=True)] for of_run in each]
        assert opening_of(runs, counts, len(asked)) == opening(asked)
        found += bool(opening(asked))
    assert found > 5
