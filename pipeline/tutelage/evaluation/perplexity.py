"""Perplexity on general texts of the project's own: does the student still read plain English?

Each text stands under its title, which is given and not scored, so that every tokenizer is scored
on the very same bytes; per byte, models with different tokenizers compare.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import stdtrit

from tutelage.core.config import Strict, load_yaml, parse
from tutelage.core.digests import digest_file
from tutelage.evaluation.statistics.paired import LEVEL, sign_flip
from tutelage.models.model import Model

_SHIPPED = Path(__file__).with_name("general_texts.yaml")
_BATCH = 4
"""Texts in one forward pass; a large vocabulary makes the logits the larger part of the memory."""


class Text(Strict):
    """A text under its title."""

    title: str
    text: str


class _File(Strict):
    texts: list[Text]


@dataclass(frozen=True, slots=True)
class TextReading:
    """What one text cost a model: the sum of -ln p over its tokens, how many, of how many bytes."""

    nats: float
    tokens: int
    bytes: int


def general_texts() -> list[Text]:
    """The shipped texts."""
    return parse(_File, {"texts": load_yaml(_SHIPPED)}, _SHIPPED).texts


def texts_digest() -> str:
    """What the shipped texts are."""
    return digest_file(_SHIPPED)


def readable(model: Model) -> str | None:
    """Why a model's likelihood of a given text cannot be computed; None where it can."""
    if model.reference.kind in ("hub", "folder", "gguf"):
        return None
    return f"{model.reference.kind}: gives answers, not the likelihood of a given text"


def read(model: Model, texts: list[Text]) -> list[TextReading]:
    """Let local weights read texts; loads the model once and frees it afterwards."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tutelage.models.engines.transformers import weights_place

    where: dict[str, Any] = weights_place(model) | {
        "trust_remote_code": model.config.trust_remote_code
    }
    tokenizer = AutoTokenizer.from_pretrained(**where)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    loaded = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).to(device).eval()
    found = []
    for start in range(0, len(texts), _BATCH):
        found += _batch(loaded, tokenizer, texts[start : start + _BATCH], device)
    return found


def summary(name: str, reads: list[TextReading]) -> dict[str, Any]:
    """Perplexity per token and bits per byte over all texts."""
    nats, tokens = sum(one.nats for one in reads), sum(one.tokens for one in reads)
    size = sum(one.bytes for one in reads)
    return {
        "model": name,
        "texts": len(reads),
        "tokens": tokens,
        "bytes": size,
        "perplexity": math.exp(nats / tokens),
        "bits_per_byte": nats / math.log(2) / size,
    }


def compared(before: list[TextReading], after: list[TextReading]) -> dict[str, Any]:
    """The change in bits per byte, paired by text: mean, Student's 95% interval, sign-flip p.

    Bits per byte are near to normal and without a bound above, so no interval for shares serves.
    """
    bits = [(b.nats / b.bytes, a.nats / a.bytes) for b, a in zip(before, after, strict=True)]
    changes = np.array([(a - b) / math.log(2) for b, a in bits])
    mean = float(changes.mean())
    error = float(changes.std(ddof=1)) / math.sqrt(len(changes))
    reach = float(stdtrit(len(changes) - 1, 1 - LEVEL / 2)) * error
    p = sign_flip(changes.tolist())
    return {
        "n": len(changes),
        "difference": mean,
        "low": mean - reach,
        "high": mean + reach,
        "p": p,
        "beyond_noise": p < LEVEL,
    }


def _batch(loaded: Any, tokenizer: Any, texts: list[Text], device: str) -> list[TextReading]:
    """Texts padded at the right: what stands after a token has no influence on it."""
    import torch

    given = [tokenizer(f"{one.title}\n\n")["input_ids"] for one in texts]
    scored = [tokenizer(one.text, add_special_tokens=False)["input_ids"] for one in texts]
    length = max(len(a) + len(b) for a, b in zip(given, scored, strict=True))
    ids = torch.zeros((len(texts), length), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, (a, b) in enumerate(zip(given, scored, strict=True)):
        ids[row, : len(a) + len(b)] = torch.tensor(a + b)
        mask[row, : len(a) + len(b)] = 1
    with torch.inference_mode():
        output = loaded(input_ids=ids.to(device), attention_mask=mask.to(device))
    found = []
    for row, (a, b) in enumerate(zip(given, scored, strict=True)):
        logits = output.logits[row, len(a) - 1 : len(a) + len(b) - 1].float()
        wanted = ids[row, len(a) : len(a) + len(b)].to(logits.device)
        nats = torch.nn.functional.cross_entropy(logits, wanted, reduction="sum")
        found.append(TextReading(round(float(nats), 3), len(b), len(texts[row].text.encode())))
    return found
