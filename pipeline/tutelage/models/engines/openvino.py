"""OpenVINO GenAI: the fast engine on a CPU, with continuous batching and prefix caching.

Answers do not depend on what else is in the batch: weights are computed with in float32 and without
dynamic quantisation, so a run that was killed and goes on makes the rows of an uninterrupted one.
"""

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, FinishReason, Message, Request, Sampling
from tutelage.models.clock import Shares
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.engines.openvino_export import Exported
from tutelage.models.model import ModelConfig
from tutelage.models.model_shape import Shape

EXACT: dict[str, str | int] = {
    "INFERENCE_PRECISION_HINT": "f32",
    "KV_CACHE_PRECISION": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0,
}
_CACHED_TOKENS = 8192
"""Tokens that the cache holds at least, as far as memory allows; of small models it is far more."""
_SHARE_OF_FREE = 0.25
_KEY_AND_VALUE_BYTES = 2 * 4
_BATCHED_TOKENS = 512


@dataclass(frozen=True, slots=True)
class _Running:
    """A request under way."""

    request: Request
    handle: Any
    prompt: str
    length: int
    """Of the prompt, in tokens."""


class OpenVINO:
    """The engine behind GGUF files and exported checkpoints on a CPU."""

    def __init__(
        self,
        files: Exported,
        config: ModelConfig,
        properties: Mapping[str, str | int] = EXACT,
        cache_gb: int = 1,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        import openvino_genai as genai

        self._genai = genai
        self._window = config.in_flight
        self._arguments = config.template
        self._on_close = on_close
        scheduler = genai.SchedulerConfig()
        scheduler.cache_size = cache_gb
        scheduler.max_num_seqs = self._window
        scheduler.max_num_batched_tokens = _BATCHED_TOKENS
        scheduler.enable_prefix_caching = True
        self._tokenizer = genai.Tokenizer(str(files.tokenizer))
        self._pipe: Any = genai.ContinuousBatchingPipeline(
            str(files.weights), self._tokenizer, scheduler, "CPU", **properties
        )
        self._chat = LocalChat(config, self._render, self._encode, self._decode)
        self._ends = files.ends or (self._tokenizer.get_eos_token_id(),)
        self._names = itertools.count()

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer requests as they finish; about `in_flight` of them are in memory at a time.

        What the cache does not hold beside others is asked again by itself, after them: an answer
        must not depend on these. A prompt that it does not hold even so comes back failed.
        """
        return self._chat.answered(requests, self._answered)

    def _answered(self, requests: Iterable[Request]) -> Iterator[Completion]:
        waiting = iter(requests)
        running: dict[int, _Running] = {}
        crowded: deque[Request] = deque()
        shares = Shares()
        try:
            while True:
                self._admit(waiting, running)
                if not running:
                    if not crowded:
                        return
                    self._add(crowded.popleft(), running)
                self._pipe.step()
                crowded += self._crowded_out(running)
                yield from self._finished(running, shares)
        finally:
            for one in running.values():
                one.handle.cancel()

    def close(self) -> None:
        """Free the weights and the cache."""
        self._pipe = self._tokenizer = None
        self._on_close()

    def _admit(self, waiting: Iterator[Request], running: dict[int, _Running]) -> None:
        """Fill the window.

        Of requests with a common beginning the first is computed before the rest are let in,
        because only what is in the cache is shared.
        """
        room = self._window - len(running)
        if room < max(1, self._window // 4) and running:
            return
        batch = list(itertools.islice(waiting, room))
        for beginning, group in _by_beginning(batch):
            first = self._add(group[0], running)
            if len(group) > 1 and beginning:
                while not first.can_read():
                    self._pipe.step()
            for request in group[1:]:
                self._add(request, running)

    def _add(self, request: Request, running: dict[int, _Running]) -> Any:
        name = next(self._names)
        prompt = self._chat.prompt(request)
        config = self._config(request.sampling)
        handle = self._pipe.add_request(name, prompt, config)
        running[name] = _Running(request, handle, prompt, len(self._encode(prompt)))
        return handle

    def _render(self, turns: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> str:
        # For a template without tools OpenVINO would ask for calls in a form of its own.
        shown = list(tools) if "tools" in self._tokenizer.chat_template else []
        text: str = self._tokenizer.apply_chat_template(
            [dict(turn) for turn in turns],
            add_generation_prompt=True,
            tools=shown or None,
            extra_context=self._arguments or None,
        )
        return text

    def _encode(self, text: str) -> list[int]:
        ids = self._tokenizer.encode(text, add_special_tokens=False).input_ids
        return [int(token) for token in ids.data[0]]

    def _decode(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens))
        return text

    def _config(self, sampling: Sampling) -> Any:
        config = self._genai.GenerationConfig()
        config.max_new_tokens = sampling.limit
        config.eos_token_id = self._ends[0]
        config.stop_token_ids = set(self._ends)
        config.apply_chat_template = False
        config.stop_strings = set(sampling.stop)
        if sampling.temperature > 0:
            config.do_sample = True
            config.temperature = sampling.temperature
            config.top_p = sampling.top_p
            config.rng_seed = sampling.seed
        return config

    def _crowded_out(self, running: dict[int, _Running]) -> list[Request]:
        """Take out what was given up for want of cache, unless it had all of it for itself."""
        if len(running) == 1:
            return []
        given_up = self._genai.GenerationStatus.IGNORED
        out = [name for name, one in running.items() if one.handle.get_status() == given_up]
        return [running.pop(name).request for name in out]

    def _finished(self, running: dict[int, _Running], shares: Shares) -> Iterator[Completion]:
        done = [
            name
            for name, one in running.items()
            if one.handle.get_status() != self._genai.GenerationStatus.RUNNING
        ]
        seconds = shares.split(len(done))
        for name in done:
            one = running.pop(name)
            request, handle, length = one.request, one.handle, one.length
            given_up = handle.get_status() == self._genai.GenerationStatus.IGNORED
            outputs = handle.read_all()
            if not outputs:
                why = f"rejected: a prompt of {length} tokens, which the cache does not hold"
                yield Completion(request, "", "failed", Usage(seconds=seconds), error=why)
                continue
            output = outputs[0]
            tokens = list(output.generated_ids)
            usage = Usage(
                requests=1,
                input_tokens=length,
                output_tokens=len(tokens),
                seconds=seconds,
            )
            cut = output.finish_reason == self._genai.GenerationFinishReason.LENGTH or given_up
            reason: FinishReason = "length" if cut else "stop"
            text = _until_stop(self._chat.answer(one.prompt, tokens), request.sampling.stop)
            yield Completion(request, text, reason, usage)


def cache_gb(shape: Shape, free: float | None) -> int:
    """Whole GB of cache for a model of a shape, in float32: one, or more where that is short."""
    token = _KEY_AND_VALUE_BYTES * shape.layers * shape.kv_heads * shape.head_size
    allowed = _SHARE_OF_FREE * (free or 0.0)
    return max(1, int(min(math.ceil(_CACHED_TOKENS * token / 1e9), allowed / 1e9)))


def _by_beginning(
    batch: Sequence[Request],
) -> list[tuple[tuple[Message, ...], list[Request]]]:
    groups: dict[str, tuple[tuple[Message, ...], list[Request]]] = {}
    for request in batch:
        beginning = request.messages[:-1]
        groups.setdefault(repr(beginning), (beginning, []))[1].append(request)
    return list(groups.values())


def _until_stop(text: str, stops: tuple[str, ...]) -> str:
    """The text before the first stop text, which the engine keeps in the tokens."""
    ends = [text.find(stop) for stop in stops if stop in text]
    return text[: min(ends)] if ends else text
