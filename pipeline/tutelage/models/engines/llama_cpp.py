"""llama.cpp by its Python wheel (extra `llama`): GGUF files answered as Ollama and others do.

Prompt and tokens are those of the file alone: its own chat template, its own tokenizer. One request
after another, so a slow engine; it is there to check files, and named, never chosen.
"""

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import Usage
from tutelage.core.errors import TerminalError
from tutelage.models.chat import Completion, FinishReason, Message, Request, Sampling
from tutelage.models.engines.local_chat import LocalChat
from tutelage.models.model import Model

_BATCH = 512
_LARGEST_CONTEXT = 8192


class LlamaCpp:
    """The engine behind a GGUF file when `engine: llama_cpp` names it."""

    def __init__(self, model: Model) -> None:
        from cyllama.llama import llama_cpp

        assert model.reference.file is not None  # only GGUF files get here
        self._api: Any = llama_cpp
        llama_cpp.disable_logging()
        llama_cpp.ggml_backend_load_all()
        self._weights = _load(llama_cpp, model.reference.file)
        self._vocabulary = self._weights.get_vocab()
        settings = llama_cpp.LlamaContextParams()
        settings.n_ctx = min(int(self._weights.n_ctx_train), _LARGEST_CONTEXT)
        settings.n_batch = _BATCH
        self._context = llama_cpp.LlamaContext(self._weights, settings)
        self._template = str(self._weights.get_default_chat_template() or "")
        if not self._template:
            raise TerminalError(f"{model.reference.text}: the file has no chat template")
        self._arguments = model.config.template
        self._chat = LocalChat(model.config, self._render, self._encode, self._decode)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer one after another; a prompt beyond the context comes back failed."""
        return self._chat.answered(requests, lambda legible: map(self._answer, legible))

    def close(self) -> None:
        """Free the weights and the cache."""
        self._context.close()
        self._weights.close()

    def _answer(self, request: Request) -> Completion:
        began = time.perf_counter()
        prompt = self._chat.prompt(request)
        tokens = self._vocabulary.tokenize(prompt, True, True)
        room = self._context.n_ctx - len(tokens)
        if room < 1:
            why = f"rejected: a prompt of {len(tokens)} tokens, above {self._context.n_ctx}"
            return Completion(request, "", "failed", Usage(), error=why)
        limit = min(request.sampling.limit, room)
        answer, ended = self._generate(tokens, request.sampling, limit)
        seconds = time.perf_counter() - began
        usage = Usage(
            requests=1, input_tokens=len(tokens), output_tokens=len(answer), seconds=seconds
        )
        reason: FinishReason = "stop" if ended else "length"
        text = self._chat.answer(prompt, answer)
        return Completion(request, _before(text, request.sampling.stop), reason, usage)

    def _generate(
        self, tokens: Sequence[int], sampling: Sampling, limit: int
    ) -> tuple[list[int], bool]:
        """The tokens of an answer, and whether it ended by itself."""
        sampler = self._sampler(sampling)
        self._context.kv_cache_clear()
        for start in range(0, len(tokens), _BATCH):
            self._decode_tokens(tokens[start : start + _BATCH], start)
        answer: list[int] = []
        for place in itertools.count(len(tokens)):
            token = sampler.sample(self._context, -1)
            if self._vocabulary.is_eog(token):
                return answer, True
            answer.append(token)
            if sampling.stop and _ends(self._decode(answer[-_TAIL:]), sampling.stop):
                return answer, True
            if len(answer) >= limit:
                return answer, False
            self._decode_tokens([token], place)
        raise AssertionError("count() does not end")

    def _decode_tokens(self, tokens: Sequence[int], place: int) -> None:
        self._context.decode(self._api.llama_batch_get_one(list(tokens), place))

    def _sampler(self, sampling: Sampling) -> Any:
        sampler = self._api.LlamaSampler(self._api.LlamaSamplerChainParams())
        if sampling.temperature > 0:
            sampler.add_top_p(sampling.top_p, 1)
            sampler.add_temp(sampling.temperature)
            sampler.add_dist(sampling.seed)
        else:
            sampler.add_greedy()
        return sampler

    def _render(self, turns: Sequence[Message], tools: Sequence[dict[str, Any]] = ()) -> str:
        from transformers.utils.chat_template_utils import render_jinja_template

        texts, _ = render_jinja_template(
            conversations=[[dict(turn) for turn in turns]],
            tools=list(tools) or None,
            chat_template=self._template,
            add_generation_prompt=True,
            bos_token=self._text(self._vocabulary.token_bos()),
            eos_token=self._text(self._vocabulary.token_eos()),
            **self._arguments,
        )
        return str(texts[0])

    def _text(self, token: int) -> str:
        return self._vocabulary.get_text(token) if token >= 0 else ""

    def _encode(self, text: str) -> list[int]:
        return list(self._vocabulary.tokenize(text, False, True))

    def _decode(self, tokens: Sequence[int]) -> str:
        return str(self._vocabulary.detokenize(list(tokens))) if tokens else ""


_TAIL = 24
"""Tokens at an answer's end in which a stop text is looked for."""


def _load(api: Any, file: Path) -> Any:
    try:
        return api.LlamaModel(str(file), api.LlamaModelParams())
    except Exception as exc:  # the wheel wraps C errors in whatever comes
        raise TerminalError(f"{file}: llama.cpp cannot open it: {exc}") from exc


def _ends(text: str, stops: Sequence[str]) -> bool:
    return any(stop in text for stop in stops)


def _before(text: str, stops: Sequence[str]) -> str:
    ends = [text.find(stop) for stop in stops if stop in text]
    return text[: min(ends)] if ends else text
