"""The stages. Each is a file of its own; this table gives the built-in ones their short names."""

import importlib
import inspect
from typing import Any

from pipeline.errors import RecipeError
from pipeline.parts import find_part
from pipeline.stage import Stage

STAGES: dict[str, str] = {
    "dpo": "pipeline.stages.dpo:DPO",
    "evaluate": "pipeline.stages.evaluate:Evaluate",
    "filter": "pipeline.stages.filter:Filter",
    "generate": "pipeline.stages.generate:Generate",
    "instructions": "pipeline.stages.instructions:Instructions",
    "judge": "pipeline.stages.judge:Judge",
    "mix": "pipeline.stages.mix:Mix",
    "pairs": "pipeline.stages.pairs:Pairs",
    "random_student": "pipeline.stages.random_student:RandomStudent",
    "read": "pipeline.stages.read:Read",
    "responses": "pipeline.stages.responses:Responses",
    "scaling": "pipeline.stages.scaling:Scaling",
    "sft": "pipeline.stages.sft:SFT",
}
_NAMES = {path: name for name, path in STAGES.items()}
_BY_CLASS = {path.partition(":")[2]: path for path in STAGES.values()}
__all__ = ["STAGES", "find_stage", "use_of", *_BY_CLASS]


def use_of(stage: Stage) -> str:
    """What a recipe says in `use:` for a stage: its short name, or the path of a user's own."""
    return _NAMES.get(stage.use(), stage.use())


def find_stage(name: str, where: str = "stage") -> type[Stage]:
    """The class of a stage; raises RecipeError with the nearest name."""
    kind = find_part(name, STAGES, where)
    if not (inspect.isclass(kind) and issubclass(kind, Stage)):
        raise RecipeError(f"{where}: '{name}' is not a Stage")
    return kind


def __getattr__(name: str) -> Any:
    """`from pipeline.stages import Filter` imports only that stage's file."""
    if name not in _BY_CLASS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_BY_CLASS[name].partition(":")[0]), name)
