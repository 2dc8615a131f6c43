"""Which forecast is a stage's: one of this folder, else that of its kind."""

from collections.abc import Callable
from typing import Any

from tutelage.contract.stage import Stage
from tutelage.planning.forecasts.by_kind import by_kind
from tutelage.planning.forecasts.drafting_exam import drafting_exam
from tutelage.planning.forecasts.examining import evaluating, scaling
from tutelage.planning.forecasts.generation_rounds import generate
from tutelage.planning.forecasts.instruction_writing import instructions
from tutelage.planning.forecasts.known_rows import (
    augmenting,
    grading,
    mixing,
    reading,
    seeding,
    varying,
)
from tutelage.planning.forecasts.own_writing import replaying
from tutelage.planning.forecasts.rewarding import rewarding
from tutelage.planning.forecasts.row_work import answering, filtering, judging, pairing
from tutelage.planning.forecasts.talking import conversing, tool_use
from tutelage.planning.stage_forecast import PlannedStage, StageForecast
from tutelage.stages.converse import Converse
from tutelage.stages.difficulty import Difficulty
from tutelage.stages.document_augmentation import DocumentAugmentation
from tutelage.stages.evaluate import Evaluate
from tutelage.stages.exam import Exam
from tutelage.stages.filter import Filter
from tutelage.stages.generate import Generate
from tutelage.stages.instructions import Instructions
from tutelage.stages.judge import Judge
from tutelage.stages.label_rows import LabelRows
from tutelage.stages.mix import Mix
from tutelage.stages.pairs import Pairs
from tutelage.stages.read import Read
from tutelage.stages.responses import Responses
from tutelage.stages.scaling import Scaling
from tutelage.stages.seeds import Seeds
from tutelage.stages.self_replay import SelfReplay
from tutelage.stages.task_augmentation import TaskAugmentation
from tutelage.stages.tools import Tools
from tutelage.stages.verifiable_tasks import VerifiableTasks
from tutelage.training.methods.policy_gradient import PolicyGradient

FORECASTS: dict[type[Stage], Callable[[Any, PlannedStage], StageForecast | None]] = {
    DocumentAugmentation: augmenting,
    Difficulty: grading,
    Evaluate: evaluating,
    Exam: drafting_exam,
    Filter: filtering,
    Generate: generate,
    Instructions: instructions,
    Judge: judging,
    LabelRows: reading,
    Mix: mixing,
    Pairs: pairing,
    PolicyGradient: rewarding,
    Read: reading,
    Responses: answering,
    Scaling: scaling,
    Seeds: seeding,
    Converse: conversing,
    TaskAugmentation: varying,
    Tools: tool_use,
    SelfReplay: replaying,
    VerifiableTasks: reading,
}
"""Stages that need more than their kind tells, and whoever is made of them."""


def forecast(planned: PlannedStage) -> StageForecast | None:
    """What a stage is expected to do; None where nothing is known of it."""
    own = (FORECASTS[kind] for kind in type(planned.stage).__mro__ if kind in FORECASTS)
    found = next(own, None)
    return found(planned.stage, planned) if found else by_kind(planned)
