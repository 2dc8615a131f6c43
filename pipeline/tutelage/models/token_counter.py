"""Counting a model's tokens: with its own tokenizer where that is cheap to load, else estimated."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from tutelage.models.reference import Reference
from tutelage.models.token_estimate import estimate_tokens


def token_counter(reference: Reference) -> Callable[[str], int]:
    """Counts the tokens of a text as a model has them, without what a chat template adds.

    By `tokenizer.json` of a local checkpoint, or of a hub model that is in the cache already. For a
    GGUF file, a server or anything else it is an estimate: four letters to a token.
    """
    file = reference.cached("tokenizer.json")
    return estimate_tokens if file is None else _counter(file)


@lru_cache(maxsize=4)
def _counter(file: Path) -> Callable[[str], int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
