"""Experiment trackers that a training reports to, and whether they are installed here."""

import importlib.util
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from tutelage.core.errors import RecipeError

Tracker = Literal["trackio", "wandb", "mlflow", "tensorboard"]
_MODULES: dict[Tracker, tuple[str, ...]] = {
    "trackio": ("trackio",),
    "wandb": ("wandb",),
    "mlflow": ("mlflow",),
    "tensorboard": ("tensorboard", "tensorboardX"),
}
"""By tracker the modules of which one must be there, the first the name to install."""
PROJECT = "tutelage"
"""What the project is called, where a tracker asks for one and the environment says none."""


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Trackers = Annotated[list[Tracker], BeforeValidator(_as_list)]
"""One or several trackers."""


def check_trackers(trackers: list[Tracker]) -> None:
    """Raise RecipeError naming a tracker that is not installed, with what installs it."""
    for name in trackers:
        modules = _MODULES[name]
        if not any(importlib.util.find_spec(module) for module in modules):
            raise RecipeError(f"report_to: {name} is not installed; pip install {modules[0]}")


def tracker_fields(trackers: list[Tracker], run: str) -> dict[str, Any]:
    """Fields of a trainer's config: where to report, and under which names."""
    return {"report_to": trackers or "none", "run_name": run, "project": PROJECT}
