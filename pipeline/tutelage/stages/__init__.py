"""The stages. Each is a file of its own; this table gives the built-in ones their short names."""

import importlib
import inspect
from typing import TYPE_CHECKING, Any

from tutelage.contract.stage import Stage
from tutelage.core.errors import RecipeError
from tutelage.core.plugins import find_part

if TYPE_CHECKING:
    from tutelage.stages.aggregate import Aggregate as Aggregate
    from tutelage.stages.converse import Converse as Converse
    from tutelage.stages.decompose import Decompose as Decompose
    from tutelage.stages.difficulty import Difficulty as Difficulty
    from tutelage.stages.document_augmentation import DocumentAugmentation as DocumentAugmentation
    from tutelage.stages.evaluate import Evaluate as Evaluate
    from tutelage.stages.exam import Exam as Exam
    from tutelage.stages.filter import Filter as Filter
    from tutelage.stages.generate import Generate as Generate
    from tutelage.stages.instructions import Instructions as Instructions
    from tutelage.stages.judge import Judge as Judge
    from tutelage.stages.label_rows import LabelRows as LabelRows
    from tutelage.stages.mix import Mix as Mix
    from tutelage.stages.pairs import Pairs as Pairs
    from tutelage.stages.random_student import RandomStudent as RandomStudent
    from tutelage.stages.read import Read as Read
    from tutelage.stages.responses import Responses as Responses
    from tutelage.stages.rewarded import Rewarded as Rewarded
    from tutelage.stages.rewrite import Rewrite as Rewrite
    from tutelage.stages.scaling import Scaling as Scaling
    from tutelage.stages.seeds import Seeds as Seeds
    from tutelage.stages.self_replay import SelfReplay as SelfReplay
    from tutelage.stages.step_pairs import StepPairs as StepPairs
    from tutelage.stages.task_augmentation import TaskAugmentation as TaskAugmentation
    from tutelage.stages.tools import Tools as Tools
    from tutelage.stages.verifiable_tasks import VerifiableTasks as VerifiableTasks
    from tutelage.training.methods.distillation import Distillation as Distillation
    from tutelage.training.methods.dpo import DPO as DPO
    from tutelage.training.methods.grpo import GRPO as GRPO
    from tutelage.training.methods.kto import KTO as KTO
    from tutelage.training.methods.reward import Reward as Reward
    from tutelage.training.methods.rloo import RLOO as RLOO
    from tutelage.training.methods.sft import SFT as SFT

STAGES: dict[str, str] = {
    "aggregate": "tutelage.stages.aggregate:Aggregate",
    "converse": "tutelage.stages.converse:Converse",
    "decompose": "tutelage.stages.decompose:Decompose",
    "difficulty": "tutelage.stages.difficulty:Difficulty",
    "distillation": "tutelage.training.methods.distillation:Distillation",
    "document_augmentation": "tutelage.stages.document_augmentation:DocumentAugmentation",
    "dpo": "tutelage.training.methods.dpo:DPO",
    "evaluate": "tutelage.stages.evaluate:Evaluate",
    "exam": "tutelage.stages.exam:Exam",
    "filter": "tutelage.stages.filter:Filter",
    "generate": "tutelage.stages.generate:Generate",
    "grpo": "tutelage.training.methods.grpo:GRPO",
    "instructions": "tutelage.stages.instructions:Instructions",
    "judge": "tutelage.stages.judge:Judge",
    "kto": "tutelage.training.methods.kto:KTO",
    "labels": "tutelage.stages.label_rows:LabelRows",
    "mix": "tutelage.stages.mix:Mix",
    "pairs": "tutelage.stages.pairs:Pairs",
    "random_student": "tutelage.stages.random_student:RandomStudent",
    "read": "tutelage.stages.read:Read",
    "rewarded": "tutelage.stages.rewarded:Rewarded",
    "rewrite": "tutelage.stages.rewrite:Rewrite",
    "responses": "tutelage.stages.responses:Responses",
    "scaling": "tutelage.stages.scaling:Scaling",
    "seeds": "tutelage.stages.seeds:Seeds",
    "self_replay": "tutelage.stages.self_replay:SelfReplay",
    "reward": "tutelage.training.methods.reward:Reward",
    "rloo": "tutelage.training.methods.rloo:RLOO",
    "step_pairs": "tutelage.stages.step_pairs:StepPairs",
    "task_augmentation": "tutelage.stages.task_augmentation:TaskAugmentation",
    "tools": "tutelage.stages.tools:Tools",
    "sft": "tutelage.training.methods.sft:SFT",
    "verifiable": "tutelage.stages.verifiable_tasks:VerifiableTasks",
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


if not TYPE_CHECKING:  # which sees the imports above, and would take any name from this

    def __getattr__(name: str) -> Any:
        """`from tutelage.stages import Filter` imports only that stage's file."""
        if name not in _BY_CLASS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_BY_CLASS[name].partition(":")[0]), name)
