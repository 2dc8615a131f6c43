"""transformers: the engine for any checkpoint, on GPU or CPU, in batches of like length."""

import gc
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, FinishReason, Message, Request
from tutelage.models.clock import Shares
from tutelage.models.device import fast_bf16
from tutelage.models.engines.batch_sampling import Draw
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.generation import generation_settings
from tutelage.models.hub import loading
from tutelage.models.model import Model
from tutelage.models.reference import tokenizer_of

_BATCH = 128
_LOOKAHEAD = 4
"""Batches' worth of requests that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A request, its prompt's tokens, and how many tokens the answer may have."""

    request: Request
    text: str
    tokens: list[int]
    room: int


class Transformers:
    """The engine behind hub names, checkpoint folders, and adapters, which it leaves unmerged."""

    def __init__(self, model: Model, *, exact: bool = False) -> None:
        """Load the weights; `exact` computes in float32 where bfloat16 is faster too."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        place = weights_place(model)
        options: dict[str, Any] = {"trust_remote_code": model.config.trust_remote_code}
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if fast_bf16() and not exact else torch.float32
        own = (
            {"pretrained_model_name_or_path": tokenizer_of(model.folder)} if model.folder else place
        )
        with loading(model.reference.text):
            self._tokenizer = AutoTokenizer.from_pretrained(**own, **options)
            loaded = AutoModelForCausalLM.from_pretrained(**place, **options, dtype=dtype)
            if model.folder:  # an adapter's settings are its own, not those of its base
                loaded.generation_config = generation_settings(model.folder)
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token
        self._model: Any = loaded.to(self._device).eval()
        self._arguments = model.config.template
        self._chat = LocalChat(model.config, self._render, self._encode, self._decode)
        self._positions = getattr(self._model.config, "max_position_embeddings", None)
        self._batch_size = _BATCH

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer in batches of prompts of like length; a batch beyond the memory is halved.

        A prompt beyond the model's positions, or beyond the memory by itself, comes back failed.
        """
        return self._chat.answered(requests, self._answered)

    def _answered(self, requests: Iterable[Request]) -> Iterator[Completion]:
        waiting = iter(requests)
        shares = Shares()
        while window := list(itertools.islice(waiting, _BATCH * _LOOKAHEAD)):
            prompts = [self._prompt(request) for request in window]
            for prompt in prompts:
                if not prompt.room:
                    yield _failed(prompt, f"rejected: a prompt of {len(prompt.tokens)} tokens")
            answered = sorted((p for p in prompts if p.room), key=lambda p: -len(p.tokens))
            yield from self._in_batches(answered, shares)

    def close(self) -> None:
        """Free the weights."""
        self._model = None
        self._free()

    def _in_batches(self, prompts: list[_Prompt], shares: Shares) -> Iterator[Completion]:
        while prompts:
            batch = prompts[: self._batch_size]
            outputs = self._outputs(batch)
            if outputs is None and len(batch) > 1:
                self._batch_size = len(batch) // 2
                continue
            del prompts[: len(batch)]
            if outputs is None:
                yield _failed(batch[0], "out_of_memory: even alone it does not fit")
                continue
            seconds = shares.split(len(batch))
            for prompt, tokens in zip(batch, outputs, strict=True):
                yield self._completion(prompt, tokens, seconds)

    def _free(self) -> None:
        import torch

        gc.collect()
        if self._device == "cuda":
            torch.cuda.empty_cache()

    def _prompt(self, request: Request) -> _Prompt:
        text = self._chat.prompt(request)
        tokens = self._encode(text)
        room = request.sampling.limit
        if self._positions is not None:
            room = max(0, min(room, self._positions - len(tokens)))
        return _Prompt(request, text, tokens, room)

    def _render(self, turns: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> str:
        text: str = self._tokenizer.apply_chat_template(
            [dict(turn) for turn in turns],
            tools=list(tools) or None,
            tokenize=False,
            add_generation_prompt=True,
            **self._arguments,
        )
        return text

    def _encode(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return text

    def _outputs(self, batch: Sequence[_Prompt]) -> list[list[int]] | None:
        """The tokens of each answer; None where the device's memory does not hold the batch."""
        import torch

        try:
            return self._generate(batch)
        except torch.OutOfMemoryError:
            pass
        self._free()  # only here is the failed batch no longer held by the error
        return None

    def _generate(self, batch: Sequence[_Prompt]) -> list[list[int]]:
        import torch
        from transformers import LogitsProcessorList

        longest = max(len(prompt.tokens) for prompt in batch)
        pad = self._tokenizer.pad_token_id
        padded = [[pad] * (longest - len(p.tokens)) + p.tokens for p in batch]
        mask = [[0] * (longest - len(p.tokens)) + [1] * len(p.tokens) for p in batch]
        requests = [prompt.request for prompt in batch]
        stops = sorted({stop for request in requests for stop in request.sampling.stop})
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=torch.tensor(padded, device=self._device),
                attention_mask=torch.tensor(mask, device=self._device),
                max_new_tokens=max(prompt.room for prompt in batch),
                do_sample=False,
                logits_processor=LogitsProcessorList([Draw(requests)]),
                pad_token_id=pad,
                **({"stop_strings": stops, "tokenizer": self._tokenizer} if stops else {}),
            )
        return output[:, longest:].tolist()  # type: ignore[no-any-return]

    def _completion(self, prompt: _Prompt, tokens: list[int], seconds: float) -> Completion:
        """What one row of the batch says, cut at its end token, its stop texts and its limit."""
        ends = self._model.generation_config.eos_token_id
        ends = ends if isinstance(ends, list) else [ends]
        end = next((n for n, token in enumerate(tokens) if token in ends), None)
        reason: FinishReason = "stop" if end is not None and end < prompt.room else "length"
        kept = tokens[: min(prompt.room, len(tokens) if end is None else end)]
        text = self._chat.answer(prompt.text, kept)
        found = [text.find(stop) for stop in prompt.request.sampling.stop if stop in text]
        if found:
            text, reason = text[: min(found)], "stop"
        usage = Usage(1, len(prompt.tokens), 0, len(kept) + (reason == "stop"), seconds)
        return Completion(prompt.request, text, reason, usage)


def _failed(prompt: _Prompt, why: str) -> Completion:
    return Completion(prompt.request, "", "failed", Usage(), error=why)


def weights_place(model: Model) -> dict[str, Any]:
    """Where `from_pretrained` finds the weights."""
    file = model.reference.file
    if model.reference.kind == "gguf" and file:
        return {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    name, revision = model.reference.place
    return {"pretrained_model_name_or_path": name} | ({"revision": revision} if revision else {})
