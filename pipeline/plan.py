"""What `tutelage plan` prints: what a run would find, do and need; nothing is loaded or spent."""

import os
import socket
from urllib.parse import urlsplit

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.keys import Keys, weights_key, weights_name
from pipeline.models import Model
from pipeline.models.engines import choose_engine
from pipeline.models.reference import Reference
from pipeline.recipe import Recipe, Step
from pipeline.store import Store
from pipeline.taxonomy import Leaf, Taxonomy

_CONNECT_SECONDS = 2.0
HIT, TO_DO = "found", "to do"


def plan_recipe(recipe: Recipe, store: Store) -> RenderableType:
    """Tables of stages, models and leaves; raises InputError for what can be found wrong ahead."""
    keys = Keys(recipe)
    keys.check()
    parts: list[RenderableType] = [Text(f"{recipe.name}, seed {recipe.seed}"), Text()]
    parts += [_stages(keys, store), Text(), _models(keys)]
    if keys.taxonomy is not None:
        parts += [Text(), _leaves(keys.taxonomy)]
    return Group(*parts)


def stage_states(keys: Keys, store: Store) -> dict[str, str]:
    """By stage, in order: whether the store has it (`found`) or a run would do it (`to do`)."""
    digests: dict[str, str] = {}
    states: dict[str, str] = {}
    for step in keys.recipe.steps:
        given = keys.given(step, digests)
        manifest = store.manifest(keys.key(step, given)) if given is not None else None
        for model in keys.imported(step):
            if store.manifest(weights_key(model)):
                states[weights_name(model)] = HIT
            elif manifest is None:
                states[weights_name(model)] = TO_DO
        states[step.name] = HIT if manifest else TO_DO
        if manifest:
            digests[step.name] = manifest["digest"]
    return states


def _stages(keys: Keys, store: Store) -> Table:
    table = Table("stage", "", "takes", "makes", box=None, pad_edge=False)
    steps = {step.name: step for step in keys.recipe.steps}
    for name, state in stage_states(keys, store).items():
        step = steps.get(name)
        takes = _takes(step) if step else name.removesuffix("-weights")
        makes = step.stage.returns().__name__ if step else "Checkpoint"
        table.add_row(name, state, takes, makes)
    return table


def _takes(step: Step) -> str:
    bound = [source for sources in step.sources.values() for source in sources]
    return ", ".join(source.stage or source.model or "taxonomy" for source in bound)


def _models(keys: Keys) -> Table:
    table = Table("model", "reference", "engine", "", box=None, pad_edge=False)
    for name in keys.recipe.models:
        model = keys.model(name)
        table.add_row(name, Text(model.reference.text), choose_engine(model), Text(_ready(model)))
    return table


def _ready(model: Model) -> str:
    """Whether a model can be had here and now."""
    reference = model.reference
    if reference.kind == "endpoint":
        return _answers(reference) + _key(model.config.key_env)
    if reference.kind == "hub":
        return "in the local cache" if _cached(reference) else "to be downloaded"
    return "shipped" if reference.kind == "scripted" else "on disk"


def _answers(reference: Reference) -> str:
    """Whether something listens at an endpoint; no request is sent."""
    parts = urlsplit(reference.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname, port), timeout=_CONNECT_SECONDS).close()
    except OSError as exc:
        return f"cannot be reached: {exc}"
    return "can be reached"


def _key(variable: str | None) -> str:
    if variable is None:
        return ""
    return f"; {variable} is {'set' if os.environ.get(variable) else 'NOT set'}"


def _cached(reference: Reference) -> bool:
    from huggingface_hub import try_to_load_from_cache

    name, _, revision = reference.name.partition("@")
    return isinstance(try_to_load_from_cache(name, "config.json", revision=revision or None), str)


def _leaves(taxonomy: Taxonomy) -> Table:
    columns = ("leaf", "kind", "seeds", "held out", "documents", "rows wanted")
    table = Table(*columns, box=None, pad_edge=False)
    for leaf in taxonomy.leaves:
        table.add_row(*_leaf(leaf))
    return table


def _leaf(leaf: Leaf) -> tuple[str, ...]:
    counts = (len(leaf.seeds), len(leaf.held), len(leaf.documents))
    return (leaf.path, leaf.kind, *map(str, counts), str(leaf.samples or ""))
