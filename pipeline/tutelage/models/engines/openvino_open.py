"""Opening OpenVINO: a GGUF file with its weights as they are, a checkpoint once its export is seen
to answer alike."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tutelage.core.errors import ModelReferenceError, TerminalError
from tutelage.core.free_memory import free_memory
from tutelage.models.chat import Engine, Request, Sampling
from tutelage.models.engine_agreement import share_equal, texts
from tutelage.models.engines.openvino import OpenVINO, cache_gb
from tutelage.models.engines.openvino_export import Exported, export, widened
from tutelage.models.engines.transformers import Transformers
from tutelage.models.model import Model
from tutelage.models.model_shape import read_shape

_ENOUGH = 0.75
"""Share of greedy answers that agree; a wrong export has next to none, rounding costs a few."""
_PREFIX = "tutelage-export-"
_RAISED = (RuntimeError, ValueError, LookupError)
"""What the libraries raise where they cannot read a model."""
_PROBES = [
    Request(text, ({"role": "user", "content": text},), Sampling(max_tokens=8))
    for text in (
        "Hello.",
        "Name three colours.",
        "What is 7 plus 5?",
        "Why do people need bridges?",
        "Write one sentence about a garden.",
        "Which month comes after March?",
        "Say yes or no: is ice cold?",
        "Translate to French: good morning",
    )
]


def open_openvino(model: Model) -> Engine:
    """The engine of a GGUF file or of a checkpoint; what is written for it goes with the engine.

    Where a file is not opened, or no export gives the greedy answers of transformers, an engine
    chosen by `auto` is transformers; one chosen by name raises TerminalError.
    """
    file = model.reference.file
    try:
        if model.reference.kind == "gguf" and file is not None:
            return _of_gguf(model, file)
        return _verified(model)
    except TerminalError as exc:
        if model.config.engine == "openvino":
            raise
        logging.getLogger(__name__).warning("%s; transformers is used", exc)
        return Transformers(model)


def _of_gguf(model: Model, file: Path) -> OpenVINO:
    with _written_for(model, "opened by") as folder:
        files = widened(file, Path(folder.name))
        return _opened(model, files, folder)


def _verified(model: Model) -> OpenVINO:
    """OpenVINO over an export; raises TerminalError where it cannot be or answers otherwise."""
    with _written_for(model, "exported to") as folder:
        files = export(model, Path(folder.name))
        engine = _opened(model, files, folder)
        reference = Transformers(model, exact=True)
        share = share_equal(texts(engine, _PROBES), texts(reference, _PROBES))
        reference.close()
        if share < _ENOUGH:
            engine.close()
            raise ValueError(f"only {share:.0%} of its greedy answers are transformers'")
        return engine


def _opened(model: Model, files: Exported, folder: "TemporaryDirectory[str]") -> OpenVINO:
    cache = 1
    with suppress(ModelReferenceError):  # a shape that cannot be read
        assert model.reference.file is not None
        cache = cache_gb(read_shape(model.reference.file), free_memory().memory)
    return OpenVINO(files, model.config, cache_gb=cache, on_close=folder.cleanup)


@contextmanager
def _written_for(model: Model, done: str) -> Iterator["TemporaryDirectory[str]"]:
    """A folder for what OpenVINO opens; removed, with a TerminalError, where that does not work."""
    folder = TemporaryDirectory(prefix=_PREFIX)
    try:
        yield folder
    except _RAISED as exc:
        folder.cleanup()
        said = f"model '{model.name}' cannot be {done} OpenVINO: {exc}"
        raise TerminalError(f"{said} (`engine: transformers` runs it)") from exc
