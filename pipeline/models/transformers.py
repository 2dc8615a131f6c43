"""transformers: the engine for any checkpoint, on GPU or CPU, in length-sorted batches.

Sampling adds Gumbel noise from each request's own seed and takes the maximum, which is a draw from
the softmax: an answer does not depend on which others share its batch.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.ledger import Usage
from pipeline.models.chat import Completion, FinishReason, Message, Request
from pipeline.models.clock import Shares
from pipeline.models.device import fast_bf16
from pipeline.models.model import Model

_BATCH = 128
_LOOKAHEAD = 4
"""Batches' worth of requests that are sorted by length together."""


class Transformers:
    """The engine behind hub names, checkpoint folders and adapters."""

    def __init__(self, model: Model) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        place = weights_place(model)
        options: dict[str, Any] = {"trust_remote_code": model.config.trust_remote_code}
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if fast_bf16() else torch.float32
        self._tokenizer = AutoTokenizer.from_pretrained(**place, **options, padding_side="left")
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        loaded = AutoModelForCausalLM.from_pretrained(**place, **options, dtype=dtype)
        self._model: Any = loaded.to(self._device).eval()
        self._limit = getattr(self._model.config, "max_position_embeddings", None)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer in batches of prompts of like length."""
        waiting = iter(requests)
        shares = Shares()
        while window := list(itertools.islice(waiting, _BATCH * _LOOKAHEAD)):
            prompts = [self._render(request.messages) for request in window]
            order = sorted(range(len(window)), key=lambda i: len(prompts[i]), reverse=True)
            for batch in _batches(order):
                chosen = [window[i] for i in batch]
                outputs = self._batch(chosen, [prompts[i] for i in batch])
                seconds = shares.split(len(chosen))
                for request, (text, reason, n_in, n_out) in zip(chosen, outputs, strict=True):
                    usage = Usage(1, n_in, 0, n_out, seconds)
                    yield Completion(request, text, reason, usage)

    def close(self) -> None:
        """Free the weights."""
        import gc

        import torch

        self._model = None
        gc.collect()
        if self._device == "cuda":
            torch.cuda.empty_cache()

    def _render(self, messages: Sequence[Message]) -> str:
        text = self._tokenizer.apply_chat_template(
            [dict(turn) for turn in messages],
            tokenize=False,
            add_generation_prompt=True,
        )
        return str(text)

    def _batch(
        self, requests: Sequence[Request], prompts: Sequence[str]
    ) -> list[tuple[str, FinishReason, int, int]]:
        """Text, finish reason, input and output tokens of each request of one batch."""
        import torch
        from transformers import LogitsProcessorList

        inputs = self._tokenizer(
            list(prompts), return_tensors="pt", padding=True, add_special_tokens=False
        ).to(self._device)
        limits = [request.sampling.max_tokens for request in requests]
        stops = sorted({stop for request in requests for stop in request.sampling.stop})
        with torch.inference_mode():
            output = self._model.generate(
                **inputs,
                max_new_tokens=max(limits),
                do_sample=False,
                logits_processor=LogitsProcessorList([_Draw(requests, self._device)]),
                pad_token_id=self._tokenizer.pad_token_id,
                **({"stop_strings": stops, "tokenizer": self._tokenizer} if stops else {}),
            )
        new = output[:, inputs["input_ids"].shape[1] :].tolist()
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        return [
            self._read(tokens, request, length)
            for tokens, request, length in zip(new, requests, lengths, strict=True)
        ]

    def _read(
        self, tokens: list[int], request: Request, length: int
    ) -> tuple[str, FinishReason, int, int]:
        """What one row of the batch says, cut at its end token, its stop texts and its limit."""
        ends = self._model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        end = next((n for n, token in enumerate(tokens) if token in ends), None)
        limit = request.sampling.max_tokens
        reason: FinishReason = "stop" if end is not None and end < limit else "length"
        kept = tokens[: min(limit, len(tokens) if end is None else end)]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        found = [text.find(stop) for stop in request.sampling.stop if stop in text]
        if found:
            text, reason = text[: min(found)], "stop"
        return text, reason, length, len(kept) + (reason == "stop")


class _Draw:
    """Makes the greedy choice a draw at each request's own temperature, top-p and seed."""

    def __init__(self, requests: Sequence[Request], device: str) -> None:
        import torch

        self._sampled = [n for n, r in enumerate(requests) if r.sampling.temperature > 0]
        self._settings = [requests[n].sampling for n in self._sampled]
        self._random = [
            torch.Generator(device="cpu").manual_seed(setting.seed) for setting in self._settings
        ]
        self._device = device

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        import torch

        if not self._sampled:
            return scores
        top = min(_TOP_K, scores.shape[-1])
        values, tokens = scores[self._sampled].float().topk(top, dim=-1)
        heat = torch.tensor([[s.temperature] for s in self._settings], device=values.device)
        values = values / heat
        before = values.softmax(-1).cumsum(-1) - values.softmax(-1)
        nucleus = torch.tensor([[s.top_p] for s in self._settings], device=values.device)
        values = values.masked_fill(before >= nucleus, float("-inf"))
        uniform = torch.stack([torch.rand(top, generator=g) for g in self._random])
        noise = -torch.log(-torch.log(uniform.clamp(1e-9, 1 - 1e-7))).to(values.device)
        best = tokens.gather(1, (values + noise).argmax(-1, keepdim=True))
        drawn = torch.full_like(scores[self._sampled], float("-inf")).scatter(1, best, 0.0)
        scores = scores.clone()
        scores[self._sampled] = drawn
        return scores


_TOP_K = 200
"""Only the likeliest tokens are drawn from; at usual temperatures the rest hold next to nothing."""


def _batches(order: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]


def weights_place(model: Model) -> dict[str, Any]:
    """Where `from_pretrained` finds the weights."""
    file = model.reference.file
    if model.reference.kind == "gguf" and file:
        return {"pretrained_model_name_or_path": file.parent, "gguf_file": file.name}
    name, _, revision = str(file or model.reference.name).partition("@")
    return {"pretrained_model_name_or_path": name} | ({"revision": revision} if revision else {})
