"""How much of a CUDA device's memory bandwidth decoding reaches: part of `benchmarks.engines`.

A decoding step reads every weight once and the keys and values of every sequence in the batch. The
bandwidth it is compared with is that of a copy on the same device.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tutelage.models.chat import Request
from tutelage.models.engines.transformers import Transformers
from tutelage.models.model import Model

_BYTES = 2
"""Of a bfloat16 number."""


def decoding(model: Model, requests: Callable[[int], list[Request]]) -> str:
    """A table by batch size; `requests` makes that many of equal length."""
    copied = _copy_bytes_per_second()
    engine = Transformers(model)
    lines = [
        f"Decoding; a copy on the device moves {copied / 1e9:.0f} GB/s.\n",
        "| batch | tokens/s | share of the copy's bandwidth |",
        "|---|---|---|",
    ]
    for batch in (1, 16, 128, 512):
        asked = requests(batch)
        engine._batch_size = batch
        step = _step_seconds(engine, asked)
        share = _step_bytes(engine, asked) / step / copied
        lines.append(f"| {batch} | {batch / step:.0f} | {share:.0%} |")
    engine.close()
    return "\n".join(lines)


def _step_seconds(engine: Transformers, asked: list[Request]) -> float:
    """The time of one step, from whole answers and their first tokens alone."""
    tokens = asked[0].sampling.max_tokens
    first = [replace(one, sampling=replace(one.sampling, max_tokens=1)) for one in asked]
    whole = _seconds(lambda: list(engine.complete(asked)))
    seconds: float = whole - _seconds(lambda: list(engine.complete(first)))
    return seconds / (tokens - 1)


def _step_bytes(engine: Transformers, asked: list[Request]) -> float:
    """What a step reads at least, half-way through an answer."""
    config = engine._model.config
    width = config.hidden_size // config.num_attention_heads * config.num_key_value_heads
    length = len(engine._prompt(asked[0]).tokens) + asked[0].sampling.max_tokens / 2
    cache = 2 * _BYTES * config.num_hidden_layers * width * length * len(asked)
    return float(cache + sum(p.numel() * p.element_size() for p in engine._model.parameters()))


def _copy_bytes_per_second() -> float:
    import torch

    block = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
    size: int = block.numel()
    return 2 * size / _seconds(block.clone)


def _seconds(work: Callable[[], Any]) -> float:
    """The best of three, after a warm-up."""
    import torch

    taken = []
    for _ in range(4):
        torch.cuda.synchronize()
        began = time.monotonic()
        work()
        torch.cuda.synchronize()
        taken.append(time.monotonic() - began)
    return min(taken[1:])
