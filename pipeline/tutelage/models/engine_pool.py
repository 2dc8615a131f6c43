"""Choosing and opening engines: one loaded model per process, shared by the stages that name it."""

import contextlib
import ctypes
import gc
import importlib.util
import sys
from collections.abc import Callable, Collection

from tutelage.core.errors import ModelReferenceError
from tutelage.models.batch_records import BatchRecords
from tutelage.models.chat import Engine
from tutelage.models.device import has_gpu
from tutelage.models.engines.scripted import Scripted, find_reply
from tutelage.models.gguf_weights import exportable
from tutelage.models.model import Model

_LOCAL = ("hub", "folder", "gguf")


class Pool:
    """Open engines; at most one model with local weights is in memory at a time."""

    def __init__(self, elsewhere: Callable[[Model], Engine | None] = lambda model: None) -> None:
        """`elsewhere` gives the engine of a model that is not asked from this process alone."""
        self._elsewhere = elsewhere
        self._open: dict[tuple[str, str], Engine] = {}
        self._local: tuple[str, str] | None = None

    def engine(self, model: Model, batches: BatchRecords | None = None) -> Engine:
        """The engine of a model, opened on first use; another local model is closed before.

        `batches` keeps those of a model that is asked through a batch API.

        Local models of one identity share an engine, whatever they are called; endpoints do not,
        since each may have a key and limits of its own.
        """
        local = model.reference.kind in _LOCAL and model.config.serve is None
        key = (model.identity, "" if local else model.name)
        if key not in self._open:
            if local:
                self._close(self._local)
                self._local = key
            self._open[key] = self._elsewhere(model) or open_engine(model, batches)
        return self._open[key]

    def release(self, keep: Collection[str] = ()) -> None:
        """Close all engines but those of some identities, and give their memory back."""
        for key in list(self._open):
            if key[0] not in keep:
                self._close(key)

    def _close(self, key: tuple[str, str] | None) -> None:
        engine = self._open.pop(key, None) if key else None
        if engine is not None:
            engine.close()
            del engine
            _return_memory()


def _return_memory() -> None:
    """Give freed memory back to the system; glibc keeps it otherwise, while a trainer needs it."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def open_engine(model: Model, batches: BatchRecords | None = None) -> Engine:
    """Load a model with the engine that its settings, its reference and this machine call for.

    Without records of `batches` every request goes by itself, also where `batch:` is set.
    """
    name = choose_engine(model)
    if model.config.batch is not None and batches is not None:
        from tutelage.models.engines.batch import BatchEndpoint

        return BatchEndpoint(model, batches)
    if name == "endpoint":
        from tutelage.models.engines.endpoint import Endpoint

        return Endpoint(model)
    if name == "scripted":
        return Scripted(model)
    if name == "openvino":
        from tutelage.models.engines.openvino_open import open_openvino

        return open_openvino(model)
    if name == "llama_cpp":
        from tutelage.models.engines.llama_cpp import LlamaCpp

        return LlamaCpp(model)
    from tutelage.models.engines.transformers import Transformers

    return Transformers(model)


def choose_engine(model: Model) -> str:
    """The engine's name; raises ModelReferenceError where the chosen one cannot run the model."""
    kind, wish = model.reference.kind, model.config.engine
    if model.config.serve is not None and kind in _LOCAL:
        return "endpoint"
    if kind in ("endpoint", "scripted"):
        if wish not in ("auto", kind):
            raise ModelReferenceError(f"model '{model.name}': engine {wish} cannot run a {kind}")
        if kind == "scripted":
            find_reply(model.reference.name)
        return kind
    if wish in ("endpoint", "scripted"):
        raise ModelReferenceError(f"model '{model.name}': engine {wish} cannot run local weights")
    if wish == "openvino" and not openvino_installed():
        raise ModelReferenceError(
            f"model '{model.name}': engine openvino needs `pip install 'tutelage[cpu]'`"
        )
    if wish == "openvino" and (why := openvino_refuses(model)):
        raise ModelReferenceError(
            f"model '{model.name}': engine openvino cannot run {model.reference.text}: {why}; "
            "`engine: transformers` runs it"
        )
    if wish == "llama_cpp":
        _check_llama(model)
    if wish != "auto":
        return wish
    return (
        "openvino"
        if openvino_installed() and _openvino_runs(model) and not has_gpu()  # that imports torch
        else "transformers"
    )


def llama_installed() -> bool:
    """True where the `llama` extra is installed."""
    return importlib.util.find_spec("cyllama") is not None


def _check_llama(model: Model) -> None:
    if model.reference.kind != "gguf":
        raise ModelReferenceError(
            f"model '{model.name}': engine llama_cpp runs GGUF files, and "
            f"{model.reference.text} is none; `tutelage export` writes one"
        )
    if not llama_installed():
        raise ModelReferenceError(
            f"model '{model.name}': engine llama_cpp needs `pip install 'tutelage[llama]'`"
        )


def check_serves(model: Model) -> None:
    """Raise ModelReferenceError for a model whose server's program is not here."""
    serve = model.config.serve
    if serve is not None and (program := serve.missing()):
        raise ModelReferenceError(f"model '{model.name}': serve: no program '{program}' here")


def check_enforces(model: Model) -> None:
    """Raise ModelReferenceError for a model that cannot be held to a JSON schema."""
    if (engine := choose_engine(model)) in ("transformers", "openvino", "llama_cpp"):
        raise ModelReferenceError(
            f"model '{model.name}': engine {engine} does not enforce a `json_schema`; name an "
            "endpoint, give `serve:`, or leave it to the leaves' `verify: [{json_schema: ...}]`"
        )


def caches(model: Model) -> bool:
    """Whether its engine computes a beginning that prompts share only once."""
    return choose_engine(model) in ("openvino", "endpoint")


def openvino_installed() -> bool:
    """True where the `cpu` extra is installed."""
    return importlib.util.find_spec("openvino_genai") is not None


def openvino_refuses(model: Model) -> str:
    """Why OpenVINO does not run a GGUF file; empty where it does, and for other models."""
    if model.reference.kind != "gguf" or model.reference.file is None or not openvino_installed():
        return ""
    from tutelage.models.engines.openvino_gguf import why_not

    return why_not(model.reference.file)


def _openvino_runs(model: Model) -> bool:
    if model.reference.kind == "gguf":
        return not openvino_refuses(model)
    return model.folder is not None and exportable(model.folder)
