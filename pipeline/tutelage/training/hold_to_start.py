"""Holding the student to where it started: on replayed rows it keeps its own distribution.

The divergence is the forward one, KL(start || student), of each token that counts (knowledge
distillation, Hinton et al. 2015, arXiv:1503.02531; as a regulariser, Li and Hoiem 2016, "Learning
without forgetting", arXiv:1606.09282): a replayed text says what is likely at each of its tokens,
not only which token was drawn.
"""

import copy
from typing import Any

import torch
from peft import PeftModel
from torch.nn import functional

from tutelage.training.encoder import IGNORED

_INPUTS = (
    *("input_ids", "attention_mask", "position_ids"),
    *("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k"),
)
"""What a pass reads, beside labels; the latter four where rows are laid end to end."""


class Start:
    """The student as it was, asked and never trained, beside every pass of the student.

    Where `labels` are set, the pass that follows leaves in `divergence` the sum over the tokens
    that have one, in nats: both models' last layers are compared, so that there is no second pass
    of the student, and only these tokens go through the vocabulary.
    """

    def __init__(self, model: Any, *, half: bool) -> None:
        """Copies the model; weights are halves where training multiplies in bfloat16."""
        student = model.get_base_model() if isinstance(model, PeftModel) else model
        self._model = copy.deepcopy(model).requires_grad_(False).eval()
        if half:
            self._model.to(torch.bfloat16)
        self.labels: torch.Tensor | None = None
        self.divergence: torch.Tensor | None = None
        self._hidden: torch.Tensor | None = None
        student.base_model.register_forward_hook(self._keep)
        student.register_forward_hook(self._compare, with_kwargs=True)

    def _keep(self, module: Any, given: Any, made: Any) -> None:
        self._hidden = made.last_hidden_state if self.labels is not None else None

    def _compare(self, module: Any, given: Any, options: dict[str, Any], made: Any) -> None:
        """Runs inside of the student's pass, where its weights are whole on every device."""
        if self.labels is None or self._hidden is None:
            return
        counts = self.labels[:, 1:] != IGNORED
        now = _logits(module, self._hidden[:, :-1][counts])
        self._hidden = None
        if not counts.any():
            self.divergence = now.sum()  # nothing, with a gradient of nothing
            return
        rows = torch.ones_like(counts[:, 0]) if len(counts) == 1 else counts.any(1)
        asked = {name: _rows(options[name], rows) for name in _INPUTS if name in options}
        with torch.no_grad():
            start = self._model.to(self.labels.device)
            inner = start.get_base_model() if isinstance(start, PeftModel) else start
            hidden = inner.base_model(**asked, use_cache=False).last_hidden_state
            before = _logits(inner, hidden[:, :-1][counts[rows]])
        self.divergence = functional.kl_div(
            now.log_softmax(-1), before.log_softmax(-1), log_target=True, reduction="sum"
        )


def _rows(value: Any, rows: torch.Tensor) -> Any:
    """An input of some of the rows; of rows laid end to end there is one."""
    batched = isinstance(value, torch.Tensor) and value.dim() == 2 and len(value) == len(rows)
    return value[rows] if batched else value


def _logits(model: Any, hidden: torch.Tensor) -> torch.Tensor:
    """Through the vocabulary, scaled and capped as the model does it (Granite, Cohere, Gemma)."""
    config = model.config.get_text_config()
    scale = (getattr(config, "logit_scale", None) or 1.0) / (
        getattr(config, "logits_scaling", None) or 1.0
    )
    logits = model.get_output_embeddings()(hidden).float() * scale
    cap = getattr(config, "final_logit_softcapping", None)
    return cap * torch.tanh(logits / cap) if cap else logits
