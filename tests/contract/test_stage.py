"""A stage's wiring is read from the annotations of `run`; its identity from its fields."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError
from tutelage.contract.context import Context
from tutelage.contract.inputs import Input
from tutelage.contract.stage import Stage, works_on_shards
from tutelage.core.artifacts import Checkpoint, Rows, Scores
from tutelage.core.errors import RecipeError
from tutelage.core.stored_rows import StoredRows
from tutelage.models.model import Model
from tutelage.stages import STAGES, Mix, Seeds, find_stage
from tutelage.taxonomy.leaf import Taxonomy


class Judge(Stage):
    """Everything a stage may take."""

    strictness: float = 0.5
    workers: int = 1
    execution_only: ClassVar[dict[str, str]] = {"workers": "the result does not depend on it"}

    def run(
        self,
        context: Context,
        rows: list[Rows],
        models: list[Model],
        student: Checkpoint,
        taxonomy: Taxonomy | None = None,
        before: Scores | None = None,
    ) -> Rows:
        """The same rows."""
        return rows[0]


class Untyped(Stage):
    """Takes what no recipe can give."""

    def run(self, context: Context, count: int) -> Rows:
        """Never run."""
        raise NotImplementedError


class Fruitless(Stage):
    """Makes what no store can keep."""

    def run(self, context: Context) -> str:  # type: ignore[override]
        """Never run."""
        raise NotImplementedError


class OwnMix(Mix):
    """Of a user's own, with another `run`."""

    def run(self, context: Context, rows: list[Rows], earlier: list[Rows] | None = None) -> Rows:
        """No rows."""
        return Rows([])


class OwnMixOnShards(OwnMix):
    """The same on shards."""

    def run_on_shards(self, context: Context, inputs: Mapping[str, Any]) -> StoredRows | None:
        """Never run."""
        raise NotImplementedError


class OtherDefaults(Mix):
    """With another default alone."""

    replay: float = 0.0


def test_inputs_are_the_arguments_of_run() -> None:
    assert Judge.inputs() == {
        "rows": Input("rows", Rows, many=True, required=True),
        "models": Input("models", Model, many=True, required=True),
        "student": Input("student", Checkpoint, many=False, required=True),
        "taxonomy": Input("taxonomy", Taxonomy, many=False, required=False),
        "before": Input("before", Scores, many=False, required=False),
    }
    assert Judge.returns() is Rows


def test_annotations_that_say_nothing_are_refused() -> None:
    with pytest.raises(TypeError, match=r"Untyped\.run: 'count' has no input type"):
        Untyped.inputs()
    with pytest.raises(TypeError, match=r"Fruitless\.run must return"):
        Fruitless.returns()


@pytest.mark.parametrize("name", STAGES)
def test_every_shipped_stage_says_what_it_takes_and_makes(name: str) -> None:
    kind = find_stage(name)
    assert kind.inputs() or name in ("read", "labels", "verifiable")  # which go by their fields
    assert kind.returns() in (Rows, Checkpoint, Scores)
    assert kind.__doc__


def test_identity_follows_the_fields_that_count() -> None:
    plain = Judge().identity()
    assert plain["use"] == f"{__name__}:Judge"
    assert Judge(workers=4).identity() == plain
    assert Judge(strictness=0.6).identity() != plain


def test_a_stage_is_strict_and_does_not_change() -> None:
    with pytest.raises(
        RecipeError, match=r"Judge: strictnes: unknown key .*; did you mean 'strictness'"
    ):
        Judge(strictnes=0.1)  # type: ignore[call-arg]
    with pytest.raises(RecipeError, match="Judge: workers: Input should be a valid integer"):
        Judge(workers="2")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Judge().workers = 3  # type: ignore[misc]


def test_seeds_depend_on_stage_and_parts(context: Context) -> None:
    assert context.seed_for("a", 1) == context.seed_for("a", 1)
    assert len({context.seed_for(), context.seed_for("a"), context.seed_for("a", 1)}) == 3


def test_a_run_of_somebodys_own_is_not_passed_by() -> None:
    assert all(works_on_shards(one()) for one in (Mix, OwnMixOnShards, OtherDefaults))
    assert not works_on_shards(OwnMix())
    assert not works_on_shards(Seeds())
