"""TRL's fused language-model head, on a CPU as on a GPU."""

import torch


def score_answers_only() -> None:
    """On a CPU, let TRL project only the positions that have a label through the vocabulary.

    TRL 1.x does so on Triton devices and scores every position elsewhere, because some accelerators
    compile anew for each shape. A CPU does not, and with a large vocabulary this is the larger part
    of a small model's step.
    """
    from trl.trainer import utils

    if not torch.cuda.is_available() and hasattr(utils, "_use_triton"):
        utils._use_triton = lambda device: True
