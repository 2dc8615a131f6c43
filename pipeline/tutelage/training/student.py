"""The student as a job trains it: weights in the right precision, tokenizer, adapter."""

import importlib.util
from pathlib import Path
from typing import Any

import torch
import transformers
from accelerate import PartialState
from transformers import AutoTokenizer
from transformers.utils import is_flash_attn_2_available

from tutelage.core.errors import InputError
from tutelage.models.reference import tokenizer_of
from tutelage.training.adapter import adapter_of
from tutelage.training.chat_templates import is_chatml
from tutelage.training.endings import chatml_for
from tutelage.training.training_stage import TrainingStage

_SAME = {"r": "rank", "lora_alpha": "alpha"}
_SHORT = 128
"""Tokens up to which a CPU is faster with plain products than with torch's fused attention: 2.8
times at 64 tokens, 1.4 at 128, 0.7 at 512 (forward and backward, one core, bfloat16)."""


def load_tokenizer(job: dict[str, Any]) -> Any:
    """The student's tokenizer with the job's chat template; raises InputError without any."""
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_of(Path(job["student"])))
    if given := job["chat_template"]:
        tokenizer.chat_template = chatml_for(given, tokenizer) if is_chatml(given) else given
    if name := job["trainer"].get("eos_token"):
        if name not in tokenizer.get_vocab():
            raise InputError(f"trainer.eos_token: the student's tokenizer has no token {name!r}")
        tokenizer.eos_token = name
    if tokenizer.chat_template is None:
        raise InputError(
            f"{job['student']}: the student has no chat template; set `chat_template: chatml` (or "
            "a .jinja file of your own), or start from an instruct model"
        )
    return tokenizer


def load_student(
    method: type[TrainingStage], job: dict[str, Any], *, bf16: bool, longest: int
) -> tuple[Any, Any]:
    """The model, and peft's config where it is to be given a new adapter.

    `longest` is the number of tokens of the longest row, which decides how attention is computed.

    All weights are trained in float32, which autocast multiplies in bfloat16; the frozen ones under
    an adapter are held in bfloat16 where the device has it, or in 4 bits (QLoRA, arXiv:2305.14314).
    A student that is an adapter goes on being trained, over its own base.
    """
    adapter, folder = job["adapter"], Path(job["student"])
    existing = adapter_of(folder)
    frozen = adapter is not None or existing is not None
    options: dict[str, Any] = {"dtype": torch.bfloat16 if frozen and bf16 else torch.float32}
    if bf16 and torch.cuda.is_available() and is_flash_attn_2_available():
        options["attn_implementation"] = "flash_attention_2"
    if longest <= _SHORT and method.learns_from_answers and PartialState().device.type == "cpu":
        options["attn_implementation"] = "eager"
    if adapter and adapter["four_bit"]:
        options |= _four_bits()
    options |= job["trainer"].get("model_init_kwargs") or {}
    place = existing["base_model_name_or_path"] if existing else folder
    loader = getattr(transformers, method.auto_model)
    model = loader.from_pretrained(place, **(method.model_options | options))
    if existing is None:
        return model, new_adapter(adapter, method.task)
    return _with_adapter(model, folder, existing, adapter), None


def use_liger() -> bool:
    """True where Liger's kernels are installed and run."""
    return torch.cuda.is_available() and importlib.util.find_spec("liger_kernel") is not None


def keeps_rows_apart(model: Any) -> bool:
    """True where the attention kernel takes rows laid end to end and lets none see another.

    That is FlashAttention by its sequence bounds. SDPA would need a mask of all against all, so
    there rows are padded, those of like length together.
    """
    return "flash" in str(model.config._attn_implementation)


def new_adapter(adapter: dict[str, Any] | None, task: str) -> Any:
    """peft's config for the knobs of an adapter; None where there is to be none."""
    from peft import LoraConfig

    if adapter is None:
        return None
    return LoraConfig(
        r=adapter["rank"],
        lora_alpha=adapter["alpha"],
        lora_dropout=adapter["dropout"],
        target_modules=adapter["target_modules"],
        task_type=task,
    )


def _with_adapter(
    model: Any, folder: Path, existing: dict[str, Any], adapter: dict[str, Any] | None
) -> Any:
    from peft import PeftModel

    for there, here in _SAME.items():
        if adapter and adapter[here] != existing[there]:
            raise InputError(
                f"{folder}: the student is an adapter of {here} {existing[there]} already and goes "
                f"on being trained; `adapter.{here}` {adapter[here]} would be another one. Leave "
                "`adapter:` out, or merge the adapter into its base first"
            )
    return PeftModel.from_pretrained(model, folder, is_trainable=True)


def _four_bits() -> dict[str, Any]:
    from transformers import BitsAndBytesConfig

    quantized = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    state = PartialState()
    place = state.local_process_index if torch.cuda.is_available() else "cpu"
    return {"quantization_config": quantized, "device_map": {"": place}}
