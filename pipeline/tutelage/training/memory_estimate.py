"""How much memory training takes, against what is free; and where it is too much, what would fit.

Bytes of a parameter in float32: weights 4, gradients 4, AdamW's two moments 8 (Rajbhandari et al.,
ZeRO, arXiv:1910.02054, section 3.1, which counts the same 16 for mixed precision). A frozen weight
has neither gradient nor moments (Hu et al., LoRA, arXiv:2106.09685); in 4 bits it takes 0.5 bytes
and 0.127 bits for its quantisation constants (Dettmers et al., QLoRA, arXiv:2305.14314, section 3).

Activations are counted as in Korthikanti et al. (arXiv:2205.05198, section 4), for the layers of a
Llama: what backward needs of a token is, per layer, ten vectors of the hidden size (two norms with
their inputs and scales, queries, keys, values, attention's output) and four of the intermediate
one (SwiGLU). Fused attention keeps no matrix of length times length. With checkpointing only the
layers' inputs stay, and one layer is there in full. Logits stand three times: as made, as
log-probabilities, as gradient.
"""

from dataclasses import dataclass, replace
from typing import Literal

from tutelage.models.model_shape import Shape

Method = Literal["full", "lora", "qlora"]
_FLOAT, _HALF = 4, 2
_ADAM = 2 * _FLOAT
_QLORA_BYTES = 0.5 + 0.127 / 8
_HIDDEN_VECTORS, _INTERMEDIATE_VECTORS = 10, 4
_LOGIT_COPIES = 3
_RANK = 16
"""Of an adapter that is proposed where there was none."""
_RUNTIME_BYTES = 0.9e9
"""Python, torch and TRL themselves, or a CUDA context with its kernels."""
MARGIN = 1.1
"""An allocator's fragmentation; an estimate that comes so close to what is free does not fit."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a model is trained, as far as memory goes."""

    micro_batch: int
    length: int
    """Tokens of the longest row."""
    method: Method = "full"
    rank: int = _RANK
    checkpointing: bool = False
    half: bool | None = False
    """bfloat16 autocast: weights stay float32, activations and a copy of the weights are halves;
    None where the device decides it."""
    pairs: bool = False
    """DPO: chosen and rejected pass together, so a row counts twice."""
    accumulates: bool = False
    """Several passes to an optimiser step: gradients stand while activations do."""
    start: bool = False
    """A frozen copy of the student, to which it is held."""
    generated: int = 0
    """Tokens of `length` that are generated in training, beside those of the longest row."""
    answer_share: float = 1.0
    """Share of a row's tokens that go through the vocabulary."""

    def on(self, device: str) -> "Setting":
        """With what the device decides where the user did not."""
        return self if self.half is not None else replace(self, half=device == "GPU")

    def in_words(self) -> str:
        """In words for the user."""
        how = {"full": "all weights", "lora": "LoRA", "qlora": "QLoRA"}[self.method]
        checkpoints = ", gradient checkpointing" if self.checkpointing else ""
        return f"{how}, micro_batch {self.micro_batch}, {self.length} tokens{checkpoints}"

    def as_fields(self) -> str:
        """As the fields of a training stage that make it so."""
        fields = [f"micro_batch: {self.micro_batch}"]
        if self.checkpointing:
            fields.append("trainer: {activation_checkpointing: true}")
        if self.method == "lora":
            fields.append(f"adapter: {{rank: {self.rank}}}")
        if self.method == "qlora":
            fields.append(f"adapter: {{rank: {self.rank}, four_bit: true}}")
        return ", ".join(fields)


@dataclass(frozen=True, slots=True)
class Memory:
    """An estimate in bytes, by what takes it."""

    weights: float
    gradients: float
    optimizer: float
    activations: float
    logits: float
    runtime: float = _RUNTIME_BYTES
    accumulates: bool = False

    @property
    def peak(self) -> float:
        """The most at a time: backward frees activations while gradients come to be."""
        passing = self.activations + self.logits
        both = passing + self.gradients if self.accumulates else max(passing, self.gradients)
        return self.runtime + self.weights + self.optimizer + both


@dataclass(frozen=True, slots=True)
class MemoryVerdict:
    """Whether a setting fits into what is free; where not, the largest setting that does."""

    setting: Setting
    peak: float
    free: float
    proposal: Setting | None = None

    @property
    def fits(self) -> bool:
        """True where the peak, with its margin, is free."""
        return self.peak * MARGIN <= self.free

    def in_words(self) -> str:
        """One line for the user."""
        need = f"{self.setting.in_words()} needs about {self.peak / 1e9:.1f} GB"
        if self.fits:
            return f"{need} of {self.free / 1e9:.1f} GB that are free"
        way = (
            f"this would fit: {self.proposal.as_fields()}"
            if self.proposal
            else "no setting would fit: take a smaller student or a shorter max_length"
        )
        return f"{need}, but {self.free / 1e9:.1f} GB are free; {way}"


def estimate(shape: Shape, setting: Setting) -> Memory:
    """What training a model of a shape takes at its peak."""
    trained = shape.parameters if setting.method == "full" else setting.rank * shape.adapted
    tokens = setting.micro_batch * setting.length * (2 if setting.pairs else 1)
    number = _HALF if setting.half else _FLOAT
    return Memory(
        weights=_weights(shape, setting, trained),
        gradients=_FLOAT * trained,
        optimizer=_ADAM * trained,
        activations=tokens * number * _activations(shape, setting),
        logits=tokens * setting.answer_share * shape.vocabulary * _FLOAT * _LOGIT_COPIES,
        accumulates=setting.accumulates,
    )


def fits(shape: Shape, setting: Setting, free: float) -> MemoryVerdict:
    """Compare the estimate with `free` bytes; where it is too much, look for what would fit.

    Tried in this order, each with the largest micro-batch that fits: a smaller micro-batch,
    gradient checkpointing, LoRA, QLoRA.
    """
    found = MemoryVerdict(setting, estimate(shape, setting).peak, free)
    if found.fits:
        return found
    for wider in _wider(setting):
        verdict = MemoryVerdict(wider, estimate(shape, wider).peak, free)
        if verdict.fits:
            return replace(found, proposal=wider)
    return found


def _wider(setting: Setting) -> list[Setting]:
    """Settings that take less, in the order in which they are proposed."""
    methods: list[Method] = ["full", "lora", "qlora"]
    methods = methods[methods.index(setting.method) :]
    ways = [
        replace(
            setting,
            method=method,
            checkpointing=checkpointing,
            rank=setting.rank if method == setting.method else setting.rank or _RANK,
        )
        for method in methods
        for checkpointing in ((True,) if setting.checkpointing else (False, True))
    ]
    return [
        replace(
            way, micro_batch=size, accumulates=setting.accumulates or size < setting.micro_batch
        )
        for way in ways
        for size in _halves(setting.micro_batch)
    ]


def _halves(size: int) -> list[int]:
    """A micro-batch and those of its divisors that halving reaches, down to one."""
    sizes = [size]
    while sizes[-1] > 1:
        sizes.append(sizes[-1] // 2 if sizes[-1] % 2 == 0 else 1)
    return sizes


def _weights(shape: Shape, setting: Setting, trained: float) -> float:
    """Bytes of the weights, of an adapter's, and of autocast's copies of them."""
    linear = max(0, shape.parameters - shape.embedded)
    if setting.method == "qlora":
        base = linear * _QLORA_BYTES + shape.embedded * _FLOAT
    else:
        base = shape.parameters * _FLOAT + (linear * _HALF if setting.half else 0)
    number = _HALF if setting.half else _FLOAT
    start = shape.parameters * number if setting.start else 0
    return base + start + (0 if setting.method == "full" else _FLOAT * trained)


def _activations(shape: Shape, setting: Setting) -> float:
    """Numbers that backward needs of one token."""
    layer = _HIDDEN_VECTORS * shape.hidden + _INTERMEDIATE_VECTORS * shape.intermediate
    if setting.checkpointing:
        return shape.layers * shape.hidden + layer
    return shape.layers * layer
