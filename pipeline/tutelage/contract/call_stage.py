"""One stage used alone from Python: its inputs as they come, a context made for it."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.contract.context import Context, Silent, local_context
from tutelage.contract.empty_stage import why_empty
from tutelage.contract.known_inputs import known_inputs
from tutelage.contract.plain_inputs import make_input, name_inputs
from tutelage.contract.stage import carry_out
from tutelage.core.artifacts import Artifact, Checkpoint
from tutelage.core.errors import InputError
from tutelage.core.plugins import find_part
from tutelage.core.progress import Display
from tutelage.core.safe_console import SafeConsole
from tutelage.models.model import Model
from tutelage.taxonomy.leaf import Taxonomy

if TYPE_CHECKING:
    from tutelage.contract.stage import Stage

_IMPORT = "tutelage.training.import_weights:ImportWeights"
"""The stage that makes a checkpoint folder of a reference; by its path, since it stands above."""


def call_stage(
    stage: "Stage",
    given: Sequence[Any],
    named: Mapping[str, Any],
    folder: str | Path | None,
    seed: int,
    *,
    quiet: bool,
) -> Artifact:
    """Run a stage with inputs as `make_input` takes them; see `Stage.__call__`."""
    name = type(stage).__name__.lower()
    inputs = _made(stage, given, named)
    taxonomy = next((one for one in inputs.values() if isinstance(one, Taxonomy)), None)
    stage.check(taxonomy)
    stage.check_inputs(count_inputs(inputs), taxonomy)
    stage.check_known(known_inputs(inputs), taxonomy)
    with _place(stage, folder) as place, _context(place, name, seed, quiet) as context:
        read = import_weights(stage, inputs, context)
        artifact = carry_out(stage, context, read)
        if empty := why_empty(stage, artifact, read, context.ledger.total().requests):
            context.progress.say(f"{name}: {empty}")
        if folder is not None:
            artifact.save(place)
    return artifact


def count_inputs(inputs: Mapping[str, Any]) -> dict[str, int]:
    """How many of each input are there, by name."""
    return {
        name: len(value) if isinstance(value, list) else int(value is not None)
        for name, value in inputs.items()
    }


def import_weights(stage: "Stage", inputs: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The inputs, where a model stands for a checkpoint with its weights, written as a folder."""
    kinds = {name: entry.type for name, entry in stage.inputs().items()}

    def read(value: Any, name: str) -> Any:
        return _import(value, name, context) if isinstance(value, Model) else value

    return {
        name: value
        if kinds[name] is not Checkpoint
        else [read(one, f"{name}-{number}") for number, one in enumerate(value)]
        if isinstance(value, list)
        else read(value, name)
        for name, value in inputs.items()
    }


def _import(model: Model, name: str, context: Context) -> Checkpoint:
    folder = context.folder / f"{name}-weights"
    if (folder / "config.json").exists():  # written at the end, by an earlier call
        return Checkpoint(folder)
    stage = find_part(_IMPORT, {}, name)(trust_remote_code=model.config.trust_remote_code)
    own = local_context(folder, model.name, context.seed, context.progress)
    try:
        return stage.run(own, model)  # type: ignore[no-any-return]
    finally:
        own.journal.close()


def _made(stage: "Stage", given: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    where, inputs = type(stage).__name__, stage.inputs()
    by_name = name_inputs(inputs, given, named, where)
    for name, entry in inputs.items():
        if entry.required and name not in by_name:
            raise InputError(f"{where}: input '{name}' ({entry.type.__name__}) is required")
    return {name: make_input(inputs[name], value) for name, value in by_name.items()}


@contextlib.contextmanager
def _place(stage: "Stage", folder: str | Path | None) -> Iterator[Path]:
    """The folder to work in: the one given, else a temporary one, kept for a checkpoint."""
    if folder is not None:
        yield Path(folder)
    elif stage.returns() is Checkpoint:
        yield Path(tempfile.mkdtemp(prefix="tutelage-"))
    else:
        with tempfile.TemporaryDirectory(prefix="tutelage-") as made:
            yield Path(made)


@contextlib.contextmanager
def _context(place: Path, name: str, seed: int, quiet: bool) -> Iterator[Context]:
    with Display(SafeConsole(stderr=True)) as display:
        context = local_context(place, name, seed, Silent() if quiet else display)
        display.stage = name
        try:
            yield context
        finally:
            context.pool.release()
            context.journal.close()
