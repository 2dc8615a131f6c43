"""The models of a recipe as plans see them: their shapes, their speeds, how long they load."""

from dataclasses import replace

from tutelage.core.artifacts import Checkpoint
from tutelage.core.errors import ModelReferenceError
from tutelage.core.free_memory import FreeMemory, free_memory
from tutelage.models.engine_pool import caches, openvino_installed
from tutelage.models.model_shape import Shape, read_shape
from tutelage.planning.estimates import NOTHING, Estimate
from tutelage.planning.pilot_results import Measured
from tutelage.planning.speed import Speed, expected_speed, fit
from tutelage.runtime.keys import Keys
from tutelage.runtime.student_loading import files_of

_LOADING_SECONDS = Estimate(1, 4, 20)
_OUT = Estimate(0.7, 1.0, 1.6)
"""How far a measured loading time may be out."""
_BATCH_SECONDS = Estimate(60, 3600, 86400)
"""Until a batch is answered: within a day, as providers promise; most within an hour, as Anthropic
says of its own (Message Batches API documentation)."""
_REMOTE = ("endpoint", "scripted")
_AT_ONCE = 64
"""Requests under way at a model that a stage makes: what a model has that does not say."""


class Rates:
    """Looks each model up once. A name is that of a model, or of a stage that trains one."""

    def __init__(self, keys: Keys, pilot: Measured | None) -> None:
        self.free: FreeMemory = free_memory()
        """Memory of the device that trains."""
        self._keys = keys
        self._pilot = pilot
        self._shapes: dict[str, Shape | None] = {}
        self._speeds: dict[str, Speed | None] = {}
        self._loaded: str | None = None
        self._imported = {model.name for step in keys.recipe.steps for model in keys.imported(step)}
        """Models that are asked as the checkpoints that they are imported to."""

    def shape(self, name: str) -> Shape | None:
        """The shape of a model, or of what a stage trains; None where its files are not here."""
        base = self._base(name)
        return self._read(base) if base else None

    def _read(self, name: str) -> Shape | None:
        if name not in self._shapes:
            place = files_of(self._keys.model(name))
            try:
                self._shapes[name] = read_shape(place) if place else None
            except ModelReferenceError:
                self._shapes[name] = None
        return self._shapes[name]

    def speed(self, name: str) -> Speed | None:
        """How fast a model answers; None where nothing is known of it."""
        if name not in self._speeds:
            self._speeds[name] = self._find_speed(name)
        return self._speeds[name]

    def _find_speed(self, name: str) -> Speed | None:
        """The model's own measured speed, else that of the model that it was made of."""
        base = self._base(name)
        if base is None:
            return None
        model = self._keys.model(base)
        expected = expected_speed(model, self._read(base), self.free.device)
        calls = self._pilot.calls.get(base, []) if self._pilot else []
        if expected is None or not calls or self._pilot is None:
            return expected
        found = fit(calls, expected)
        if model.reference.kind != "endpoint":
            return found
        # A server may do no more at a time than it was asked for in the pilot.
        slowest = max(found.spread.high, model.config.in_flight / self._pilot.tries)
        return replace(found, spread=replace(found.spread, high=slowest))

    def _base(self, name: str) -> str | None:
        """The recipe's model that a name stands for: itself, or what its stage trains."""
        while name not in self._keys.recipe.models:
            step = self._keys.recipe.step(name)
            weights = step.bound(Checkpoint)
            base = weights[0].stage or weights[0].model if weights else None
            if base is None:
                return None
            name = base
        return name

    def caches(self, name: str) -> bool:
        """Whether the engine keeps what prompts share; a checkpoint's does, exported on a CPU."""
        base = self._base(name)
        is_checkpoint = name not in self._keys.recipe.models or name in self._imported
        if base is None or (is_checkpoint and self._keys.model(base).config.engine == "auto"):
            return self.free.device == "CPU" and openvino_installed()
        return caches(self._keys.model(base))

    def loading(self, name: str) -> Estimate:
        """Seconds until a local model answers, where another one is loaded or none."""
        base = self._base(name)
        if base is None or self._keys.model(base).reference.kind in _REMOTE:
            return NOTHING
        if self._loaded == name:
            return NOTHING
        self._loaded = name
        measured = self._pilot.loading.get(base) if self._pilot else None
        return _LOADING_SECONDS if measured is None else Estimate.exactly(measured) * _OUT

    def memory(self, name: str) -> Estimate | None:
        """Bytes of a local model that answers: its weights and a cache; nothing for a server."""
        base = self._base(name)
        if base is None or self._keys.model(base).reference.kind in _REMOTE:
            return None
        shape = self._read(base)
        if shape is None:
            return None
        return Estimate(1, 4, 4) * float(shape.parameters) + Estimate(0.5e9, 1.5e9, 3e9)

    def waits(self, name: str) -> Estimate | None:
        """Seconds until a batch of a model is answered; None where it is asked one by one."""
        models = self._keys.recipe.models
        return _BATCH_SECONDS if name in models and models[name][1].batch is not None else None

    def at_once(self, name: str) -> int:
        """Requests under way at a time."""
        models = self._keys.recipe.models
        return models[name][1].in_flight if name in models else _AT_ONCE

    def kind(self, name: str) -> str:
        """The kind of a model's reference; `stage` where a stage makes it."""
        models = self._keys.recipe.models
        return models[name][0].kind if name in models else "stage"

    def unload(self) -> None:
        """The trainer gets the memory: whatever is asked next has to be loaded."""
        self._loaded = None
