"""Scaling: nested parts, one training each, resumed where it stopped; a stand-in trains."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.core.artifacts import Checkpoint, Row, Rows
from tutelage.core.config import parse
from tutelage.core.errors import RecipeError, RowsError
from tutelage.evaluation.cases import Case
from tutelage.models.model import Model
from tutelage.report.size_words import export_words
from tutelage.stages import scaling
from tutelage.stages.scaling import Scaling, part
from tutelage.taxonomy.leaf import Taxonomy

ROWS = [{"id": f"r{n}", "leaf": f"leaf{n % 2}"} for n in range(64)]


def ids(rows: list[Row]) -> set[str]:
    return {row["id"] for row in rows}


def test_smaller_parts_are_inside_larger_ones_leaf_by_leaf() -> None:
    for seed in range(3):
        parts = [part(ROWS, share, seed) for share in (0.125, 0.25, 0.5, 1.0)]
        assert [len(rows) for rows in parts] == [8, 16, 32, 64]
        assert ids(parts[0]) < ids(parts[1]) < ids(parts[2]) < ids(parts[3])
        assert sum(row["leaf"] == "leaf0" for row in parts[0]) == 4
    assert ids(part(ROWS, 0.25, 0)) != ids(part(ROWS, 0.25, 1))


@pytest.mark.parametrize(
    "wrong", [[0.5, 1.0], [0.25, 0.5, 0.75], [0.5, 0.25, 1.0], [0.0, 0.5, 1.0]]
)
def test_parts_rise_to_all_rows(wrong: list[float]) -> None:
    with pytest.raises(RecipeError, match="rising"):
        parse(Scaling, {"fractions": wrong}, "recipe", error=RecipeError)


class StandIn:
    """Stands in for training and asking: more rows, fewer wrong; counts trainings."""

    def __init__(self) -> None:
        self.trained: list[tuple[int, int]] = []
        self.epochs: list[float] = []
        self.fail_after: int | None = None

    def train(
        self, stage: Scaling, context: Context, student: Checkpoint, rows: list[Row]
    ) -> Checkpoint:
        if self.fail_after == len(self.trained):
            raise KeyboardInterrupt
        self.trained.append((len(rows), context.seed))
        self.epochs.append(stage.epochs)
        (context.folder / "config.json").write_text("{}")
        (context.folder / "rows").write_text(str(len(rows)))
        return Checkpoint(context.folder)

    def ask(self, context: Context, *given: Any) -> list[dict[str, Any]]:
        rows = int((context.folder / "rows").read_text())
        wrong = 6 * rows**-0.6
        return [{"score": float(n >= 100 * wrong)} for n in range(100)]


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    fake = StandIn()
    monkeypatch.setattr(
        Scaling, "train", lambda stage, context, *given: fake.train(stage, context, *given)
    )
    monkeypatch.setattr(scaling, "ask", fake.ask)
    return fake


def test_every_part_is_trained_once_a_seed_and_the_weights_are_dropped(
    stand_in: StandIn, context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    rows = Rows([row | {"id": f"{n}:{row['id']}"} for n in range(6) for row in ROWS])
    stage = Scaling(seeds=2)
    found = stage.run(context, Checkpoint(tmp_path), rows, taxonomy).stats["scaling"]
    assert [point["rows"] for point in found["points"]] == [48, 96, 192, 384]
    assert [size for size, _ in stand_in.trained] == [48, 48, 96, 96, 192, 192, 384, 384]
    assert len({seed for _, seed in stand_in.trained}) == 2
    assert found["carries"], found["why"]
    assert not list(context.folder.rglob("config.json"))


@pytest.mark.parametrize("equal", [True, False])
def test_parts_take_as_many_steps_or_as_many_epochs(
    stand_in: StandIn, context: Context, taxonomy: Taxonomy, tmp_path: Path, *, equal: bool
) -> None:
    stage = Scaling(seeds=1, epochs=4, equal_steps=equal)
    stage.run(context, Checkpoint(tmp_path), Rows(list(ROWS)), taxonomy)
    assert stand_in.epochs == ([32, 16, 8, 4] if equal else [4, 4, 4, 4])


class Counting(Silent):
    """Progress that keeps what is counted."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start(self, total: int, unit: str) -> None:
        """Keep the unit."""
        self.started.append(unit)


def test_answers_are_counted_apart_from_the_steps_before_them(
    stand_in: StandIn, context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    counting = replace(context, progress=Counting())
    Scaling(seeds=1).run(counting, Checkpoint(tmp_path), Rows(list(ROWS)), taxonomy)
    assert counting.progress.started == ["answers"] * 4  # type: ignore[attr-defined]


def test_questions_are_scored_by_the_metric_given(
    stand_in: StandIn,
    context: Context,
    taxonomy: Taxonomy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics: set[str] = set()

    def asked(inner: Context, model: Model, cases: list[Case], *given: Any) -> list[dict[str, Any]]:
        metrics.update(case.metric for case in cases)
        return stand_in.ask(inner)

    monkeypatch.setattr(scaling, "ask", asked)
    stage = Scaling(seeds=1, metric="exact")
    found = stage.run(context, Checkpoint(tmp_path), Rows(list(ROWS)), taxonomy)
    assert metrics == {"exact"}
    assert found.stats["scaling"]["metric"] == "exact"


def test_a_stopped_study_trains_only_what_is_missing(
    stand_in: StandIn, context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    stage, student = Scaling(seeds=1), Checkpoint(tmp_path)
    stand_in.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        stage.run(context, student, Rows(list(ROWS)), taxonomy)
    stand_in.fail_after = None
    stage.run(context, student, Rows(list(ROWS)), taxonomy)
    assert [size for size, _ in stand_in.trained] == [8, 16, 32, 64]


def test_a_study_of_other_rows_starts_anew(
    stand_in: StandIn, context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    stage, student = Scaling(seeds=1), Checkpoint(tmp_path)
    stand_in.fail_after = 2
    with pytest.raises(KeyboardInterrupt):
        stage.run(context, student, Rows(list(ROWS)), taxonomy)
    stand_in.fail_after = None
    others = [row | {"completion": [{"role": "assistant", "content": "7"}]} for row in ROWS]
    stage.run(context, student, Rows(others), taxonomy)
    assert [size for size, _ in stand_in.trained] == [8, 16, 8, 16, 32, 64]


def test_too_few_rows_are_said_before_any_training(
    stand_in: StandIn, context: Context, taxonomy: Taxonomy, tmp_path: Path
) -> None:
    with pytest.raises(RowsError, match="too few"):
        Scaling().run(context, Checkpoint(tmp_path), Rows(ROWS[:4]), taxonomy)
    assert not stand_in.trained


@pytest.mark.parametrize("equal", [True, False])
def test_students_of_several_sizes_give_a_law_over_parameters_and_rows(
    stand_in: StandIn,
    context: Context,
    taxonomy: Taxonomy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    equal: bool,
) -> None:
    folders = [tmp_path / name for name in ("1000", "4000", "16000")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(scaling, "read_shape", lambda folder: Shaped(int(folder.name)))
    monkeypatch.setattr(scaling, "mean_log_probs", lambda model, known: [-0.5 for _ in known])
    rows = Rows([row | {"id": f"{n}:{row['id']}"} for n in range(6) for row in ROWS])
    first, *others = (Checkpoint(folder) for folder in folders)
    stage = Scaling(seeds=1, equal_steps=equal)
    found = stage.run(context, first, rows, taxonomy, others).stats["scaling"]
    assert [point["rows"] for point in found["points"]] == [48, 96, 192, 384]
    sizes = found["sizes"]
    assert {cell["parameters"] for cell in sizes["cells"]} == {1000, 4000, 16000}
    assert len(sizes["cells"]) == len(stand_in.trained) == 12
    assert sizes["check"]["rows"] == 384
    assert [split["times"] for split in sizes["splits"]] == ([] if equal else [1, 2, 4])


def test_a_clock_would_cut_what_the_curve_compares() -> None:
    with pytest.raises(RecipeError, match="seconds"):
        Scaling(seconds=60).check(None)


def test_the_loss_of_answers_leaves_out_questions_with_tools(
    stand_in: StandIn,
    context: Context,
    taxonomy: Taxonomy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, read = Scaling(), list[int]()

    def losses(model: Model, known: list[Any]) -> list[float]:
        read.append(len(known))
        return [-0.5 for _ in known]

    monkeypatch.setattr(scaling, "mean_log_probs", losses)
    first, *rest = (case for case in stage.questions(taxonomy) if case.accept)
    cases = [replace(first, tools=({"type": "function"},)), *rest, first]
    student, place = Checkpoint(tmp_path), context.folder / "runs"
    stage._trained(context, student, list(ROWS), 0, cases, place, losses=True)
    assert read == [len(cases) - 1]


def test_two_students_of_one_size_are_refused(
    context: Context, taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling, "read_shape", lambda folder: Shaped(7))
    with pytest.raises(RecipeError, match="two of one size"):
        Scaling().run(
            context, Checkpoint(tmp_path), Rows(list(ROWS)), taxonomy, [Checkpoint(tmp_path)]
        )


class Shaped:
    """Stands in for a model's shape."""

    def __init__(self, parameters: int) -> None:
        self.parameters = parameters


def test_weights_rounded_for_export_are_scored_beside_each_training(
    stand_in: StandIn,
    context: Context,
    taxonomy: Taxonomy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rounded(weights: Path, to: Path, kind: str) -> None:
        to.mkdir()
        rows = int((weights / "rows").read_text())
        (to / "config.json").write_text("{}")
        (to / "rows").write_text(str(rows if kind == "Q8_0" else rows // 2))

    monkeypatch.setattr(scaling, "round_weights", rounded)
    monkeypatch.setattr(scaling, "read_shape", lambda folder: Shaped(7))
    rows = Rows([row | {"id": f"{n}:{row['id']}"} for n in range(6) for row in ROWS])
    stage = Scaling(seeds=1, exports=["Q8_0", "Q4_0"])
    found = stage.run(context, Checkpoint(tmp_path), rows, taxonomy).stats["scaling"]
    four, eight = found["exports"]
    assert (eight["format"], eight["parameters"], eight["difference"]) == ("Q8_0", 7, 0)
    assert four["after"] > four["before"] == eight["before"]
    assert four["low"] <= four["difference"] <= four["high"]
    assert not list(context.folder.rglob("config.json"))
    words = export_words(found["exports"])
    assert words[0].startswith("Rounded to Q4_0, the student of 7e-06 million parameters is wrong")
