"""Rollouts by OpenVINO on a CPU: the student's weights are written anew after each update.

Sampling takes most of a step of reinforcement learning, and OpenVINO's continuous batching answers
faster than `generate` of transformers does. Weights go through a GGUF file in half precision.
"""

import importlib.util
import itertools
import os
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage.core.digests import derive_seed
from tutelage.core.errors import InputError
from tutelage.models.engines.openvino import EXACT
from tutelage.models.gguf_weights import exportable, write_weights
from tutelage.training.fresh_start import PAIRS
from tutelage.training.vllm_rollouts import uses_vllm

if TYPE_CHECKING:
    from tutelage.training.prepare import Prepared

_SILENCE = "TRL_EXPERIMENTAL_SILENCE"
"""TRL warns that `rollout_func` may change; its version is pinned, and a test samples by it."""
_CACHE_GB = 1
_SEQUENCES = 64
"""Answers under way at once."""


def openvino_rollouts(job: dict[str, Any], prepared: "Prepared") -> "OpenVINORollouts | None":
    """The sampler where it is asked for, or is the fastest that is there; None for TRL's own.

    Raises InputError where it is asked for and cannot be.
    """
    import torch

    if job["rollouts"] not in ("auto", "openvino") or uses_vllm(job):
        return None
    why = _hindrance(job, prepared)
    if why is None and (job["rollouts"] == "openvino" or not torch.cuda.is_available()):
        os.environ[_SILENCE] = "1"
        return OpenVINORollouts(job, prepared)
    if job["rollouts"] == "openvino":
        raise InputError(f"rollouts: openvino: {why}; `rollouts: trl` samples by transformers")
    return None


class OpenVINORollouts:
    """Samples groups of answers; TRL calls it with a step's prompts, each as often as asked."""

    def __init__(self, job: dict[str, Any], prepared: "Prepared") -> None:
        self.__name__ = "openvino"
        self._job, self._tokenizer = job, prepared.tokenizer
        ends = prepared.model.generation_config.eos_token_id
        self._ends = list(ends) if isinstance(ends, list) else [ends]
        self._place = prepared.folder / PAIRS / "rollouts"  # which goes when the job is done
        self._place.mkdir(parents=True, exist_ok=True)
        self._pipe: Any = None
        self._step = -1

    def __call__(self, prompts: list[Any], trainer: Any) -> dict[str, Any]:
        """`prompt_ids` and `completion_ids` of each prompt; no log-probabilities."""
        import openvino

        self._renew(trainer)
        mode = "train" if trainer.model.training else "held out"
        tokenised = trainer._tokenize_prompts(prompts)[0]  # which shows the tools of their rows
        asked = zip(tokenised, prompts, strict=True)
        same = [list(group) for _, group in itertools.groupby(asked, key=itemgetter(0))]
        groups = [(group[0][1], len(group)) for group in same]
        ids = [group[0][0] for group in same]
        found = self._pipe.generate(
            [openvino.Tensor([one]) for one in ids],
            [self._config(prompt, count, mode) for prompt, count in groups],
        )
        made: dict[str, Any] = {"prompt_ids": [], "completion_ids": [], "logprobs": None}
        for tokens, (_, count), result in zip(ids, groups, found, strict=True):
            made["prompt_ids"] += [tokens] * count
            made["completion_ids"] += [self._ended(list(one)) for one in result.m_generation_ids]
        return made

    def _renew(self, trainer: Any) -> None:
        """Open the weights of this step, unless they are open."""
        step = trainer.state.global_step
        if self._pipe is not None and step == self._step:
            return
        import openvino_genai as genai

        self._pipe = None
        file = self._place / "weights.gguf"
        write_weights(trainer.accelerator.unwrap_model(trainer.model), file, "F16")
        scheduler = genai.SchedulerConfig()
        scheduler.cache_size = _CACHE_GB
        scheduler.max_num_seqs = _SEQUENCES
        tokenizer = genai.Tokenizer(str(self._written_tokenizer()))
        self._pipe = genai.ContinuousBatchingPipeline(
            str(file), tokenizer, scheduler, "CPU", **EXACT
        )
        self._step = step

    def _written_tokenizer(self) -> Path:
        """The tokenizer as OpenVINO opens it, written once; the pipeline wants one."""
        folder = self._place
        if not (folder / "openvino_tokenizer.xml").exists():
            import openvino
            from openvino_tokenizers import convert_tokenizer

            pair = convert_tokenizer(
                self._tokenizer, with_detokenizer=True, add_special_tokens=False
            )
            for name, part in zip(("tokenizer", "detokenizer"), pair, strict=True):
                openvino.save_model(part, folder / f"openvino_{name}.xml")
        return folder

    def _config(self, prompt: Any, count: int, mode: str) -> Any:
        import openvino_genai as genai

        config = genai.GenerationConfig()
        config.max_new_tokens = self._job["max_tokens"]
        config.eos_token_id, config.stop_token_ids = self._ends[0], set(self._ends)
        config.do_sample, config.temperature = True, self._job["temperature"]
        config.num_return_sequences = count
        # A seed of its own for each group, the same in a run that was killed and goes on.
        config.rng_seed = derive_seed(self._job["seed"], self._step, mode, prompt) % 2**31
        return config

    def _ended(self, tokens: list[int]) -> list[int]:
        """An answer with the token that ended it, which TRL looks for."""
        cut = len(tokens) >= self._job["max_tokens"]
        return tokens if cut or (tokens and tokens[-1] in self._ends) else [*tokens, self._ends[0]]


def _hindrance(job: dict[str, Any], prepared: "Prepared") -> str | None:
    """Why OpenVINO cannot sample for this training; None where it can."""
    from accelerate import PartialState
    from peft import PeftModel

    if importlib.util.find_spec("openvino_genai") is None:
        return "openvino-genai is not installed"
    if prepared.adapter is not None or isinstance(prepared.model, PeftModel):
        return "it samples whole weights, and an adapter is trained"
    if PartialState().num_processes > 1:
        return "it samples in one process, and several train"
    if not exportable(Path(job["student"])):
        return "it does not know the layout of the student's weights"
    return None
