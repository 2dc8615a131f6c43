"""Whether vLLM samples the answers: beside the trainer on its GPU, or on a server of its own."""

import importlib.util
from typing import Any


def uses_vllm(job: dict[str, Any]) -> bool:
    """True where it is asked for or, with `auto`, is there: on a server, or with a GPU here."""
    if job["rollouts"] != "auto":
        return bool(job["rollouts"] == "vllm")
    return on_server(job["trainer"]) or _beside(job)


def on_server(trainer: dict[str, Any]) -> bool:
    """Whether `trainer:` fields name a server."""
    return trainer.get("vllm_mode") == "server"


def _beside(job: dict[str, Any]) -> bool:
    import torch

    in_four_bits = (job["adapter"] or {}).get("four_bit")  # which vLLM cannot take over
    there = importlib.util.find_spec("vllm") is not None
    return there and torch.cuda.is_available() and not in_four_bits
