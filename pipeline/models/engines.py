"""Choosing and opening engines: one loaded model per process, shared by the stages that name it."""

import importlib.util

from pipeline.errors import ModelReferenceError
from pipeline.models.chat import Engine
from pipeline.models.device import has_gpu
from pipeline.models.model import Model

_LOCAL = ("hub", "folder", "gguf")


class Pool:
    """Open engines by model identity; at most one local model is in memory at a time."""

    def __init__(self) -> None:
        self._open: dict[str, Engine] = {}
        self._local: str | None = None

    def engine(self, model: Model) -> Engine:
        """The engine of a model, opened on first use; another local model is released before."""
        if model.identity not in self._open:
            if model.reference.kind in _LOCAL:
                self.release(self._local)
                self._local = model.identity
            self._open[model.identity] = open_engine(model)
        return self._open[model.identity]

    def release(self, identity: str | None = None) -> None:
        """Close one engine, or all of them, and give the memory back."""
        for name in [identity] if identity else list(self._open):
            engine = self._open.pop(name, None)
            if engine is not None:
                engine.close()


def open_engine(model: Model) -> Engine:
    """Load a model with the engine that its settings, its reference and this machine call for."""
    name = choose_engine(model)
    if name == "endpoint":
        from pipeline.models.endpoint import Endpoint

        return Endpoint(model)
    if name == "scripted":
        from pipeline.models.scripted import Scripted

        return Scripted(model)
    if name == "openvino":
        from pipeline.models.openvino import OpenVINO

        return OpenVINO(model)
    from pipeline.models.transformers import Transformers

    return Transformers(model)


def choose_engine(model: Model) -> str:
    """The engine's name; raises ModelReferenceError where the chosen one cannot run the reference."""
    kind, wish = model.reference.kind, model.config.engine
    if model.config.serve is not None and kind in _LOCAL:
        return "endpoint"
    if kind in ("endpoint", "scripted"):
        if wish not in ("auto", kind):
            raise ModelReferenceError(f"model '{model.name}': engine {wish} cannot run a {kind}")
        return kind
    if wish in ("endpoint", "scripted"):
        raise ModelReferenceError(f"model '{model.name}': engine {wish} cannot run local weights")
    if wish == "openvino" and not openvino_installed():
        raise ModelReferenceError(
            f"model '{model.name}': engine openvino needs `pip install 'tutelage[cpu]'`"
        )
    if wish != "auto":
        return wish
    return (
        "openvino"
        if openvino_installed() and not has_gpu() and _openvino_runs(model)
        else "transformers"
    )


def openvino_installed() -> bool:
    """True where the `cpu` extra is installed."""
    return importlib.util.find_spec("openvino_genai") is not None


def _openvino_runs(model: Model) -> bool:
    return model.reference.kind == "gguf"
