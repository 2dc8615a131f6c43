"""The figures of sets of rows: side by side, by leaf, and blind to what they should not see."""

import random

import pytest
from tutelage.core.artifacts import Row
from tutelage.curation.diversity.coverage import (
    attribute_coverage,
    attribute_evenness,
    evenness,
    leaf_coverage,
)
from tutelage.curation.diversity.diversity_figures import Figure, diversity_figures
from tutelage.taxonomy.leaf import Taxonomy

from tests.stages.fakes import answered
from tests.trees import HARBOUR_PATH

WORDS = [
    "tide",
    "crane",
    "boat",
    "rope",
    "quay",
    "mast",
    "sail",
    "oar",
    "net",
    "buoy",
    "gull",
    "wave",
    "deck",
    "hull",
    "knot",
    "lamp",
]


def _rows(count: int, seed: int, words: int = 16) -> list[Row]:
    chance = random.Random(seed)
    return [
        answered(
            "Yes.",
            f"{seed}:{n}",
            leaf=HARBOUR_PATH,
            prompt=[
                {
                    "role": "user",
                    "content": "Is there a " + " ".join(chance.choices(WORDS[:words], k=6)) + "?",
                }
            ],
        )
        for n in range(count)
    ]


def _value(figures: list[Figure], metric: str, when: str, leaf: str = HARBOUR_PATH) -> float:
    (value,) = (
        f["value"] for f in figures if (f["metric"], f["when"], f["leaf"]) == (metric, when, leaf)
    )
    return value


def test_every_figure_is_there_for_every_set_and_leaf(taxonomy: Taxonomy) -> None:
    rows = _rows(40, 1)
    figures = diversity_figures({"before": rows, "after": rows[:20]}, taxonomy)
    expected = {
        "rows",
        "sampled",
        "distinct_1",
        "distinct_2",
        "distinct_3",
        "self_bleu",
        "nearest_similarity",
        "vendi",
        "near_duplicates",
        "seed_similarity",
    }
    for when in ("before", "after"):
        for leaf in ("*", HARBOUR_PATH):
            found = {f["metric"] for f in figures if (f["when"], f["leaf"]) == (when, leaf)}
            assert expected <= found
    assert _value(figures, "leaf_coverage", "after", "*") == 0
    assert _value(figures, "rows", "before") == 40
    assert _value(figures, "sampled", "before") == 20


def test_fewer_rows_are_not_taken_for_more_diverse_ones() -> None:
    """Distinct-n of 200 rows lies far below that of 50 drawn alike; here it must not."""
    figures = diversity_figures({"before": _rows(200, 1), "after": _rows(200, 1)[:50]})
    for metric in ("distinct_2", "self_bleu", "vendi", "nearest_similarity"):
        before, after = (_value(figures, metric, when) for when in ("before", "after"))
        assert after == pytest.approx(before, rel=0.15)


def test_narrow_rows_show_in_every_figure() -> None:
    wide, narrow = (diversity_figures({"after": _rows(80, 1, words)}) for words in (16, 4))
    for metric, falls in [
        ("distinct_1", True),
        ("distinct_2", True),
        ("vendi", True),
        ("self_bleu", False),
        ("nearest_similarity", False),
        ("near_duplicates", False),
    ]:
        before, after = _value(wide, metric, "after"), _value(narrow, metric, "after")
        assert (after < before) == falls, metric


def test_near_duplicates_are_sought_among_more_rows_than_are_sampled() -> None:
    rows = _rows(150, 1)
    doubled = rows + [row | {"id": f"again:{row['id']}"} for row in rows]
    figures = diversity_figures({"before": doubled, "after": rows[:10]})
    assert _value(figures, "near_duplicates", "before") >= 0.49  # two differ by chance
    assert _value(figures, "sampled", "before") == 10


def test_no_rows_and_one_row_have_few_figures(taxonomy: Taxonomy) -> None:
    assert diversity_figures({"before": [], "after": []}, taxonomy)[0]["value"] == 0
    one = diversity_figures({"after": _rows(1, 1)}, taxonomy)
    assert _value(one, "vendi", "after") == pytest.approx(1, abs=1e-3)
    assert "self_bleu" not in {f["metric"] for f in one}


def test_evenness() -> None:
    assert evenness([5, 5, 5], 3) == pytest.approx(1)
    assert evenness([1, 1], 100) == pytest.approx(1)
    assert evenness([10], 3) == 0
    assert evenness([1], 3) == 1
    assert evenness([4], 1) is None
    assert evenness([], 4) is None


def test_leaves_and_cells_without_rows_count() -> None:
    rows = [row | {"leaf": leaf} for row in _rows(2, 1) for leaf in ("a", "b")]
    assert leaf_coverage(rows, ["a", "b"]) == pytest.approx(1)
    assert leaf_coverage(rows, ["a", "b", "c"]) == pytest.approx(0.6309, abs=1e-3)
    grid = {"mood": ["calm", "angry"], "asker": ["old", "new"]}
    cells = [{"mood": m, "asker": a} for m in grid["mood"] for a in grid["asker"]]
    assert attribute_evenness([{"attributes": cell} for cell in cells], grid) == pytest.approx(1)
    assert attribute_evenness([{"attributes": cells[0]}] * 4, grid) == 0
    assert attribute_evenness([{}], grid) is None


def test_values_of_attributes_without_rows_count() -> None:
    grid = {"city": [f"city {n}" for n in range(30)], "mood": ["calm", "angry"]}
    cells = [{"city": f"city {n % 5}", "mood": grid["mood"][n % 2]} for n in range(10)]
    rows: list[Row] = [{"attributes": cell} for cell in cells]
    assert attribute_evenness(rows, grid) == pytest.approx(1)
    assert attribute_coverage(rows, grid) == pytest.approx(7 / 32)
    assert attribute_coverage([{"attributes": {"city": "nowhere"}}], grid) == 0
    assert attribute_coverage([{}], grid) is None
