"""Tokens a second, MFU and peak memory on a GPU, for random Llama shapes and the embedded size.

MFU is the share of the GPU's dense bfloat16 peak that a training of 6 operations per parameter and
token, and 12 per layer, hidden unit and position attended to, would need (Chowdhery et al., PaLM,
arXiv:2204.02311, appendix B); an adapter's needs a third less, its frozen weights having no
gradients. Attention is counted in full, as there.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_TRAINED: dict[str, dict[str, Any] | None] = {"all": None, "LoRA": {}}
SHAPES: dict[str, dict[str, int]] = {
    "135M": {"hidden": 576, "inner": 1536, "layers": 30, "heads": 9, "groups": 3},
    "0.5B": {"hidden": 1280, "inner": 3584, "layers": 24, "heads": 20, "groups": 4},
    "1B": {"hidden": 2048, "inner": 5632, "layers": 20, "heads": 16, "groups": 8},
}
_VOCABULARY = 49152
_TOKENS, _ROWS, _STEPS = 2048, 32, 12
Result = dict[str, Any]
"""What `benchmarks.training_case` prints."""
_PEAK = {"H100": 989e12, "H200": 989e12, "A100": 312e12}


def gpu_table() -> list[str]:
    """A line for each shape, method and way of training."""
    lines = [
        f"Rows of {_TOKENS} tokens, {_ROWS} a step (16 pairs for DPO), {_STEPS} steps, bfloat16.",
        "",
        "| model | method | trained | tokens/s | MFU | peak GB |",
        "|---|---|---|---|---|---|",
    ]
    for name in SHAPES:
        with tempfile.TemporaryDirectory() as place:
            write_model(name, Path(place))
            for method in ("sft", "dpo"):
                for trained, adapter in _TRAINED.items():
                    found = _run(Path(place), method, adapter)
                    rate = found["tokens"] / found["seconds"]
                    adapted = adapter is not None
                    mfu = mfu_of(name, rate, found["device"], _TOKENS, adapter=adapted)
                    lines.append(
                        f"| {name} | {method} | {trained} | {rate:.0f} | {mfu} "
                        f"| {found['peak_gb']:.1f} |"
                    )
    return lines


def mfu_of(name: str, rate: float, device: str, tokens: int, *, adapter: bool) -> str:
    """The share of the device's peak that a rate of tokens a second is; `unknown` of others."""
    peak = next((most for kind, most in _PEAK.items() if kind in device), None)
    return f"{rate * _operations(name, tokens, adapter=adapter) / peak:.0%}" if peak else "unknown"


def write_model(name: str, folder: Path) -> None:
    """A Llama of random weights with a word-level tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    shape = SHAPES[name]
    words = {"<end>": 0, "<user>": 1, "<assistant>": 2}
    words |= {f"w{n}": n for n in range(3, _VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<end>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", pad_token="<end>", unk_token="<end>"
    )
    fast.chat_template = (
        "{% for m in messages %}<{{ m.role }}> {{ m.content }} <end> {% endfor %}"
        "{% if add_generation_prompt %}<assistant> {% endif %}"
    )
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=_VOCABULARY,
        hidden_size=shape["hidden"],
        intermediate_size=shape["inner"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["groups"],
        max_position_embeddings=_TOKENS,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


def run_case(case: str, student: Path, rows: Path, method: str, *more: str) -> Result:
    """One training in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.training_case", case, str(student), str(rows)]
    done = subprocess.run([*command, method, *more], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{method} {case}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _run(folder: Path, method: str, adapter: dict[str, Any] | None) -> Result:
    count = (_ROWS if method == "sft" else _ROWS // 2) * _STEPS
    file = folder / f"{method}.jsonl"
    write_rows(file, method, count, _TOKENS)
    knobs: dict[str, Any] = {"batch_size": count // _STEPS, "max_length": _TOKENS, "micro_batch": 8}
    if adapter is not None:
        knobs["adapter"] = adapter
    options = ("--steps", str(_STEPS), "--json", json.dumps(knobs))
    return run_case("tutelage", folder, file, method, *options)


def write_rows(file: Path, method: str, count: int, tokens: int) -> None:
    """Rows of random words, so long that prompt and answer together have so many tokens."""
    from random import Random

    draw = Random(1)
    half = tokens // 2 - 4
    sides = {"sft": ("completion",), "dpo": ("chosen", "rejected")}.get(method, ())

    def text() -> str:
        return " ".join(f"w{draw.randrange(3, _VOCABULARY)}" for _ in range(half))

    with file.open("w", encoding="utf-8") as stream:
        for number in range(count):
            row: dict[str, Any] = {"id": str(number), "leaf": "*"}
            row["prompt"] = [{"role": "user", "content": text()}]
            row |= {name: [{"role": "assistant", "content": text()}] for name in sides}
            stream.write(json.dumps(row) + "\n")


def _operations(name: str, tokens: int, *, adapter: bool) -> float:
    """Floating-point operations of a token in a row of so many, forward and backward."""
    shape = SHAPES[name]
    whole = 6 * _parameters(shape) + 12 * shape["layers"] * shape["hidden"] * tokens
    return whole * (2 / 3 if adapter else 1.0)


def _parameters(shape: dict[str, int]) -> int:
    """Weights of a Llama whose embedding is its output layer too."""
    width = shape["hidden"] // shape["heads"]
    attention = 2 * shape["hidden"] * (shape["hidden"] + shape["groups"] * width)
    layer = attention + 3 * shape["hidden"] * shape["inner"] + 2 * shape["hidden"]
    return _VOCABULARY * shape["hidden"] + shape["layers"] * layer + shape["hidden"]
