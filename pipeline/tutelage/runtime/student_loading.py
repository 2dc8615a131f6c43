"""Whether models can be trained and asked: a child reads config and tokenizer, but no weights."""

import functools
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.artifacts import Checkpoint
from tutelage.core.errors import InputError, ModelReferenceError
from tutelage.core.user_modules import python_command, python_environment
from tutelage.models.engines.transformers import weights_place
from tutelage.models.model import Model
from tutelage.models.model_shape import adapter_base
from tutelage.models.reference import tokenizer_of
from tutelage.recipe.recipe import Source, Step
from tutelage.runtime.contamination_check import known_rows
from tutelage.training.chat_templates import template_text
from tutelage.training.training_stage import TrainingStage

if TYPE_CHECKING:
    from tutelage.runtime.keys import Keys

_PATIENCE_SECONDS = 300
_ROWS = ("prompt", "messages")


@dataclass(frozen=True, slots=True)
class StudentUse:
    """What a stage does with a model, as far as it can be known ahead."""

    where: str
    trained: bool
    answers: bool = True
    """Whether what is trained answers requests."""
    template: str | None = None
    """The text of the chat template in place of the model's own."""
    adapter: dict[str, Any] | None = None
    """The knobs of an adapter with `target_modules` of its own."""
    system: bool = False
    """Whether rows that are known have system turns."""


def model_problems(keys: "Keys", steps: Sequence[Step]) -> list[InputError]:
    """What would go wrong with the local models that some stages train or ask."""
    uses: dict[str, list[StudentUse]] = {}
    for step in steps:
        for name, use in _uses(keys, step):
            uses.setdefault(name, []).append(use)
    here = {name: keys.model(name) for name in uses if files_of(keys.model(name))}
    found = load_models([*here.values()], {name: uses[name] for name in here})
    problems: list[str] = []
    for name in here:
        problems += _problems(name, uses[name], found[name])
    return [ModelReferenceError(text) for text in dict.fromkeys(problems)]


def _problems(name: str, uses: Sequence[StudentUse], found: dict[str, Any]) -> list[str]:
    if problem := found.get("problem"):
        return [f"model '{name}' cannot be loaded: {problem}"]
    texts = [f"{uses[int(n)].where}: {why}" for n, why in found.get("refused", {}).items()]
    for use in uses:
        if found["template"] or use.template:
            continue
        cure = (
            "give the stage `chat_template: chatml`, or a .jinja file of your own, or take an "
            "instruct model"
            if use.trained
            else "so it cannot be asked; take an instruct model, or leave it out here and ask what "
            "is trained of it with a `chat_template`"
        )
        texts.append(f"{use.where}: model '{name}' has no chat template{';' * use.trained} {cure}")
    return texts


def _uses(keys: "Keys", step: Step) -> list[tuple[str, StudentUse]]:
    """The models of the recipe that a stage trains, or their descendants, and those it asks."""
    where = keys.recipe.at(f"stages.{step.name}")
    found = []
    if isinstance(stage := step.stage, TrainingStage):
        system = any(
            _has_system(row) for rows in known_rows(keys.recipe, step) for row in rows.kept
        )
        own = stage.adapter is not None and stage.adapter.target_modules != "all-linear"
        adapter = stage.adapter.model_dump() if own and stage.adapter else None
        for source in step.bound(Checkpoint):
            name, inherited = _origin(keys, source)
            text = template_text(stage.chat_template) or inherited
            if name is not None:
                found.append((name, StudentUse(where, True, stage.answers, text, adapter, system)))
    asked = [source.model for source in step.bound(Model) if source.model is not None]
    local = [name for name in asked if _runs_here(keys.model(name))]
    return [*found, *((name, StudentUse(where, trained=False)) for name in local)]


def origin_folder(keys: "Keys", source: Source) -> Path | None:
    """Where the model stands that a checkpoint comes from; None where a stage on the way may have
    given it other tokens, with a chat template of its own."""
    name, template = _origin(keys, source)
    found = files_of(keys.model(name)) if name is not None and template is None else None
    return found if found is not None and found.is_dir() else None


def _origin(keys: "Keys", source: Source) -> tuple[str | None, str | None]:
    """The recipe's model that a checkpoint comes from, and the last template given on the way."""
    template = None
    while source.stage is not None:
        step = keys.recipe.step(source.stage)
        if isinstance(step.stage, TrainingStage):
            template = template or template_text(step.stage.chat_template)
        source = next(iter(step.bound(Checkpoint)), Source())
    return source.model, template


def _runs_here(model: Model) -> bool:
    """Whether transformers opens a model that is asked; OpenVINO opens GGUF files of its own."""
    return model.config.serve is None and model.reference.kind in ("folder", "hub")


def _has_system(row: dict[str, Any]) -> bool:
    return any(turn["role"] == "system" for name in _ROWS for turn in row.get(name) or [])


def files_of(model: Model) -> Path | None:
    """Where a model's files are on this machine; None for servers and what is not downloaded."""
    if model.reference.kind != "hub":
        return model.reference.file
    config = model.reference.cached("config.json")
    return config.parent if config else None


def load_models(
    models: Sequence[Model], uses: dict[str, list[StudentUse]]
) -> dict[str, dict[str, Any]]:
    """By model, what `tutelage.training.look_ahead` finds of it and of its uses."""
    asked = {
        model.name: _places(model) | {"uses": [asdict(use) for use in uses[model.name]]}
        for model in models
    }
    return _looked(json.dumps(asked)) if asked else {}


@functools.cache
def _looked(asked: str) -> dict[str, dict[str, Any]]:
    """Once for each question, which stands as JSON: the child loads transformers."""
    command = python_command("-W", "ignore", "-m", "tutelage.training.look_ahead")
    names = json.loads(asked)
    try:
        result = subprocess.run(
            command,
            input=asked,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
            env=python_environment(),
        )
    except subprocess.TimeoutExpired:
        return {name: {"problem": f"no answer in {_PATIENCE_SECONDS} s"} for name in names}
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["transformers cannot be loaded"])[-1]
        return {name: {"problem": last} for name in names}
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _places(model: Model) -> dict[str, dict[str, Any]]:
    """Where transformers finds a model's config and tokenizer: arguments of `from_pretrained`."""
    trust = {"trust_remote_code": True} if model.config.trust_remote_code else {}
    place = weights_place(model) | trust
    if model.folder is None:
        return {"config": place, "tokenizer": place}
    config, tokenizer = adapter_base(model.folder), tokenizer_of(model.folder)
    return {
        "config": place | ({"pretrained_model_name_or_path": config} if config else {}),
        "tokenizer": place | {"pretrained_model_name_or_path": tokenizer},
    }
