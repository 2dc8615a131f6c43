"""A recipe as it is written: its keys and their defaults."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from tutelage.core.config import Strict
from tutelage.models.budget import Limits
from tutelage.models.model import ModelConfig


def _form(given: Any) -> str:
    return "(reference)" if isinstance(given, str) else "(settings)"


_Model = Annotated[
    Annotated[str, Tag("(reference)")] | Annotated[ModelConfig, Tag("(settings)")],
    Discriminator(_form),  # else what is wrong with settings is told as if a text were wanted too
]


class Machine(Strict):
    """The machine that runs local models and training."""

    usd_per_hour: float | None = Field(None, ge=0)
    """What an hour of it costs; without it the cost of local work is unknown, not zero."""


class Authoring(Strict):
    """People's time in the taxonomy and its held-out examples: fixed, whatever is generated."""

    hours: float = Field(ge=0)
    """Hours that people spent on it."""
    usd_per_hour: float = Field(ge=0)
    """What an hour of theirs costs."""


class People(Strict):
    """The people who look through rows in `tutelage review`."""

    usd_per_hour: float = Field(ge=0)
    """What an hour of theirs costs: prices the time that their decisions took."""


class Accelerate(Strict):
    """How training is launched: by a config file, or by a few fields."""

    config_file: str | None = None
    """A config file of `accelerate config`, relative to the recipe, in place of other fields."""
    processes: int = Field(1, gt=0)
    """Devices of each machine: GPUs, or parts of the CPU."""
    machines: int = Field(1, gt=0)
    """Nodes of a Ray cluster that train together (`--on ray`)."""
    fsdp: bool = False
    """Spread weights, gradients and optimiser over the devices by PyTorch's FSDP2."""
    deepspeed: Literal[1, 2, 3] | None = None
    """The same by DeepSpeed: its ZeRO stage."""
    through: list[str] = []
    """What starts the launcher on several machines: `[srun, --nodes=2, --ntasks-per-node=1]`."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        fields = [name for name in ("fsdp", "deepspeed") if getattr(self, name)]
        fields += [name for name in ("processes", "machines") if getattr(self, name) > 1]
        if (self.config_file or self.through) and "machines" in fields:
            raise ValueError("`machines` are started by Ray; leave out `config_file` and `through`")
        if self.config_file and fields:
            raise ValueError(f"`config_file` says this already; leave out {', '.join(fields)}")
        if self.fsdp and self.deepspeed:
            raise ValueError("give `fsdp` or `deepspeed`, not both")
        if fields in (["fsdp"], ["deepspeed"]):
            raise ValueError(f"`{fields[0]}` spreads over devices: give `processes`, two or more")
        return self


class RecipeFile(Strict):
    """A recipe as written."""

    name: str | None = None
    """The run's name; the file's name where not given."""
    seed: int = 1
    """Every request and trainer derives its own seed from it."""
    taxonomy: str | None = None
    """The taxonomy's folder, relative to the recipe."""
    documents: list[str] = []
    """Folders outside of the taxonomy, relative to the recipe, that its leaves may read documents
    from (`document: {root: ...}`)."""
    models: dict[str, _Model] = {}
    """A name for each model: a reference, or a mapping with `ref` and settings."""
    stages: dict[str, dict[str, Any]] = Field(min_length=1)
    """In order; a key is the stage's name, `use` its kind where the two differ, the rest its
    fields and inputs."""
    budget: Limits | None = None
    """A ceiling on what the whole run may use; a model may have one of its own."""
    machine: Machine = Machine()
    """The price of the machine that runs local models and training."""
    authoring: Authoring | None = None
    """Without it the fixed cost is unknown, not zero."""
    people: People | None = None
    """What those cost who review rows; by default the wage of the baselines' file."""
    baselines: str | None = None
    """A YAML file of human label costs in place of the shipped one, relative to the recipe."""
    accelerate: Accelerate = Accelerate()
    """How training is launched."""
