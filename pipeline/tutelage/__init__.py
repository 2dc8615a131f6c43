"""Tutelage: from a taxonomy and a teacher model to a measurably better small model.

    import tutelage

    result = tutelage.run("recipe.yaml", teacher="http://localhost:8000/v1#qwen3-32b")
    print(result.report["verdict"]["headline"])

    rows = tutelage.load_rows("my.jsonl")
    kept = tutelage.stages.Filter(filters=["exact_duplicate"])(rows).kept

Whole recipes: `run` and `plan`. Single stages: `tutelage.stages`, each of which is called with rows
and models as they come. Own parts: subclass `Stage`, `RowFilter` or `Verifier` and name the class
in a recipe as `{use: my_module:MyClass}`. Everything here is loaded when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from tutelage import stages as stages
    from tutelage.api import RunResult as RunResult
    from tutelage.api import plan as plan
    from tutelage.api import run as run
    from tutelage.contract.context import Context as Context
    from tutelage.contract.stage import Stage as Stage
    from tutelage.core.artifacts import Checkpoint as Checkpoint
    from tutelage.core.artifacts import Row as Row
    from tutelage.core.artifacts import Rows as Rows
    from tutelage.core.artifacts import Scores as Scores
    from tutelage.core.artifacts import answer_of as answer_of
    from tutelage.core.artifacts import question_of as question_of
    from tutelage.core.by_content import InputFile as InputFile
    from tutelage.core.errors import InputError as InputError
    from tutelage.core.errors import TutelageError as TutelageError
    from tutelage.core.load_rows import load_rows as load_rows
    from tutelage.curation.filters.row_filter import RowFilter as RowFilter
    from tutelage.curation.filters.row_filter import Scope as Scope
    from tutelage.models.model import Model as Model
    from tutelage.planning.plan_recipe import Plan as Plan
    from tutelage.taxonomy.leaf import Taxonomy as Taxonomy
    from tutelage.taxonomy.load import load_taxonomy as load_taxonomy
    from tutelage.verifiers.score import Score as Score
    from tutelage.verifiers.verifier import Verifier as Verifier

_WHERE = {
    "Checkpoint": "tutelage.core.artifacts",
    "Context": "tutelage.contract.context",
    "InputError": "tutelage.core.errors",
    "InputFile": "tutelage.core.by_content",
    "Model": "tutelage.models.model",
    "Plan": "tutelage.planning.plan_recipe",
    "Row": "tutelage.core.artifacts",
    "RowFilter": "tutelage.curation.filters.row_filter",
    "Rows": "tutelage.core.artifacts",
    "RunResult": "tutelage.api",
    "Scope": "tutelage.curation.filters.row_filter",
    "Scores": "tutelage.core.artifacts",
    "Stage": "tutelage.contract.stage",
    "Taxonomy": "tutelage.taxonomy.leaf",
    "TutelageError": "tutelage.core.errors",
    "Score": "tutelage.verifiers.score",
    "Verifier": "tutelage.verifiers.verifier",
    "answer_of": "tutelage.core.artifacts",
    "load_rows": "tutelage.core.load_rows",
    "load_taxonomy": "tutelage.taxonomy.load",
    "plan": "tutelage.api",
    "question_of": "tutelage.core.artifacts",
    "run": "tutelage.api",
    "stages": "",
}
"""The module that each public name is loaded from; `stages` is one itself."""

__all__ = ["__version__", *_WHERE]

if not TYPE_CHECKING:  # which sees the imports above, and would take any name from this

    def __getattr__(name: str) -> Any:
        """A public name, imported on first use and kept."""
        if name not in _WHERE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(_WHERE[name] or f"{__name__}.{name}")
        found = globals()[name] = getattr(module, name) if _WHERE[name] else module
        return found


def __dir__() -> list[str]:
    return sorted(__all__)
