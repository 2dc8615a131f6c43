"""A tokenizer as GGUF keeps it: tokens, merges, special tokens, and how text is cut before merging.

llama.cpp knows each way of cutting by a name (its `llama-vocab.cpp`). One that is not known here is
refused, not guessed: a model whose numbers or spaces are cut otherwise answers with gibberish.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tutelage.core.errors import InputError

_WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+"
_REST = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_BY_PATTERN = {
    rf"{_ENDINGS}|{_WORDS}|\p{{N}}{{1,3}}|{_REST}": "llama-bpe",
    rf"{_ENDINGS}|{_WORDS}|\p{{N}}|{_REST}": "qwen2",
}
"""The pattern of a `Split` before `ByteLevel`, and llama.cpp's name of it."""


def add_tokenizer(folder: Path, vocabulary: int, writer: Any) -> None:
    """Write the tokenizer of a checkpoint folder into a GGUF header.

    `vocabulary` is the model's number of tokens: places without a token are marked unused. Raises
    InputError where llama.cpp would cut or merge text otherwise than this tokenizer.
    """
    from gguf import SpecialVocab

    made = _read(folder)
    model = made["model"]
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        raise InputError(f"{folder}: only byte-level BPE tokenizers can be exported to GGUF")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cut_name(made, folder))
    tokens, types = _tokens(made, vocabulary)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    SpecialVocab(folder, load_merges=True, n_vocab=vocabulary).add_to_gguf(writer, quiet=True)


def cut_name(made: Mapping[str, Any], where: Path) -> str:
    """llama.cpp's name for how a `tokenizer.json` cuts text; InputError where it has none."""
    parts = _parts(made.get("pre_tokenizer"))
    kinds = [part["type"] for part in parts]
    if kinds == ["ByteLevel"] and parts[0].get("use_regex", True):
        return "gpt-2"
    digits = kinds == ["Digits", "ByteLevel"] and parts[0].get("individual_digits")
    if digits and parts[1].get("use_regex", True):
        return "smollm"
    if kinds == ["Split", "ByteLevel"] and not parts[1].get("use_regex", True):
        pattern = parts[0].get("pattern", {}).get("Regex")
        if pattern in _BY_PATTERN and parts[0].get("behavior") == "Isolated":
            return _BY_PATTERN[pattern]
    raise InputError(
        f"{where}: llama.cpp has no name that is known here for how this tokenizer cuts text "
        f"({', '.join(kinds) or 'no pre-tokenizer'}): a GGUF file of it would be read wrongly. "
        "Convert it with llama.cpp's own convert_hf_to_gguf.py"
    )


def _read(folder: Path) -> dict[str, Any]:
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise InputError(f"{file}: missing; a GGUF file needs the tokenizer's tokens and merges")
    return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _parts(made: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if made is None:
        return []
    return list(made["pretokenizers"]) if made["type"] == "Sequence" else [dict(made)]


def _tokens(made: Mapping[str, Any], vocabulary: int) -> tuple[list[str], list[int]]:
    from gguf import TokenType

    tokens = [f"[UNUSED{place}]" for place in range(vocabulary)]
    types = [int(TokenType.UNUSED)] * vocabulary
    for token, place in made["model"]["vocab"].items():
        tokens[place], types[place] = token, int(TokenType.NORMAL)
    for added in made.get("added_tokens", []):
        kind = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
        tokens[added["id"]], types[added["id"]] = added["content"], int(kind)
    return tokens, types
