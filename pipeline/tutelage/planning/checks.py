"""What a run needs besides a correct recipe: endpoints, students that load and fit, free disk."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tutelage.core.errors import ModelReferenceError
from tutelage.core.free_memory import free_disk
from tutelage.core.store import Store
from tutelage.models.engine_pool import check_serves, choose_engine, openvino_refuses
from tutelage.models.health import reach
from tutelage.models.hub import look_up
from tutelage.models.model import Model
from tutelage.planning.ceilings import hold
from tutelage.planning.model_rates import Rates
from tutelage.planning.plan_line import PlanLine
from tutelage.recipe.recipe import WEIGHTS, Step
from tutelage.runtime.keys import TO_DO, Keys
from tutelage.runtime.student_loading import files_of, model_problems
from tutelage.training.training_stage import TrainingStage
from tutelage.verifiers.outer_wall import warning

_PERHAPS = 0.8
"""Of a model's window: tokens are estimated, so from here on a request may be too long, and beyond
the inverse it is."""
_BYTES_PER_PARAMETER = 4
_WHILE_TRAINING = 16
"""Of a whole model's training: what is kept to go on from (weights and moments), and the result."""
_BYTES_PER_REQUEST = 4_000


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model of the recipe: what runs it and whether it is available."""

    name: str
    reference: str
    engine: str
    ready: str


@dataclass(slots=True)
class Checks:
    """The results of all checks; `problems` would make a run fail, `warnings` may."""

    models: list[ModelLine] = field(default_factory=list)
    disk_free: int = 0
    disk_needed: int | None = None
    """None where it is unknown: models are to be downloaded, or their shape cannot be read."""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    windows: dict[str, int] = field(default_factory=dict)
    """By model: tokens of a request with its answer, at most, as its server says."""


def check_all(keys: Keys, rates: Rates, lines: Sequence[PlanLine], store: Store) -> Checks:
    """Check models, students, memory and disk; `lines` say which stages are to run."""
    done = Checks()
    to_do = {line.name for line in lines if line.state == TO_DO}
    steps = [step for step in keys.recipe.steps if step.name in to_do]
    to_load = keys.to_load(steps, store)
    needed = {model.name for model in (*keys.all_asked(steps), *to_load)}
    for name in keys.recipe.models:
        done.models.append(_model(keys.model(name), done, needed=name in needed))
    done.problems += [str(problem) for problem in model_problems(keys, steps)]
    _windows(rates, lines, done)
    for line in lines:
        if line.problem:
            done.problems.append(f"stage '{line.name}': {line.problem}")
        if line.warning:
            done.warnings.append(f"stage '{line.name}': {line.warning}")
        if line.verdict is not None and not line.verdict.fits:
            done.problems.append(f"stage '{line.name}': {line.verdict.in_words()}")
    if _runs_code(keys, steps) and (open_wall := warning()):
        done.warnings.append(open_wall)
    ceilings = hold(keys.recipe, [line.asked for line in lines])
    done.problems += ceilings.crossed
    done.warnings += ceilings.near
    done.disk_free = free_disk(store.folder)
    if all(files_of(model) for model in to_load):
        done.disk_needed = _disk(rates, lines, steps)
    if done.disk_needed is not None and done.disk_needed > done.disk_free:
        needs = f"{done.disk_needed / 1e9:.1f} GB of disk, but {done.disk_free / 1e9:.1f} are free"
        done.problems.append(f"{store.folder}: the run needs about {needs}")
    return done


def _model(model: Model, done: Checks, *, needed: bool) -> ModelLine:
    try:
        engine = choose_engine(model)
    except ModelReferenceError:
        engine = "none"  # said among the recipe's problems
    ready = _ready(model, done, needed=needed)
    return ModelLine(model.name, model.reference.text, engine, ready)


def _ready(model: Model, done: Checks, *, needed: bool) -> str:
    kind = model.reference.kind
    try:
        check_serves(model)
    except ModelReferenceError as exc:
        if needed:
            done.problems.append(str(exc))
    if kind in ("endpoint", "hub"):
        reached = reach(model) if kind == "endpoint" else look_up(model.reference)
        if reached.problem and needed:
            done.problems.append(f"model '{model.name}': {reached.words}")
        if reached.window:
            done.windows[model.name] = reached.window
        in_batches = "; asked in batches, each answered within 24 hours"
        return reached.words + (in_batches if model.config.batch else "")
    if kind == "gguf" and model.config.engine == "auto" and (why := openvino_refuses(model)):
        return f"on disk; not for OpenVINO: {why}"
    if note := model.reference.note:
        return f"on disk: {note}"
    return "shipped" if kind == "scripted" else "on disk"


def _windows(rates: Rates, lines: Sequence[PlanLine], done: Checks) -> None:
    """Requests that are longer than a model's window, where both are known."""
    for line in lines:
        for name, tokens in line.longest.items():
            window = done.windows.get(name) or getattr(rates.shape(name), "window", None)
            if window and tokens > window * _PERHAPS:
                place = done.problems if tokens > window / _PERHAPS else done.warnings
                place.append(
                    f"stage '{line.name}': its longest request has about {tokens:,.0f} tokens with "
                    f"the answer, but model '{name}' takes {window:,}; give the stage a smaller "
                    "`longest_passage` or `passage_tokens`, or fewer seeds with shorter contexts"
                )


def _disk(rates: Rates, lines: Sequence[PlanLine], steps: Sequence[Step]) -> int | None:
    """Bytes that the store will grow by, at most at a time; None where a model's are unknown."""
    requests = sum(line.requests.high for line in lines if line.requests is not None)
    kept, working = requests * _BYTES_PER_REQUEST, 0.0
    for line in lines:
        if line.use == "import" and line.state == TO_DO:
            shape = rates.shape(line.name.removesuffix(WEIGHTS))
            if shape is None:
                return None
            kept += shape.parameters * _BYTES_PER_PARAMETER
    for step in steps:
        if not isinstance(step.stage, TrainingStage):
            continue
        shape, adapter = rates.shape(step.name), step.stage.adapter
        if shape is None:
            return None
        trained = adapter.rank * shape.adapted if adapter else shape.parameters
        kept += trained * _BYTES_PER_PARAMETER
        working = max(working, trained * (_WHILE_TRAINING - _BYTES_PER_PARAMETER))
    return int(kept + working)


def _runs_code(keys: Keys, steps: Sequence[Step]) -> bool:
    """Whether answers are code that tests are run on, as far as that shows before a run."""
    leaves = keys.taxonomy.leaves if keys.taxonomy else ()
    specs = [spec for leaf in leaves for spec in leaf.verify]
    specs += [spec for leaf in leaves for one in leaf.eval_examples for spec in one.verify]
    named = str([*specs, *(step.stage.model_dump() for step in steps)])
    code = "python_tests" in named or "list_function" in named
    return code or any(row.get("tests") for step in steps for row in step.stage.known_rows())
