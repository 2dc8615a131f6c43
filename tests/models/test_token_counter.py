"""Tokens are counted with the model's own tokenizer where it lies at hand, else estimated."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from tutelage.models.reference import Reference, parse_reference
from tutelage.models.token_counter import token_counter
from tutelage.models.token_estimate import estimate_tokens

TEXT = "the alma is red the bris is blue"


def test_a_checkpoint_counts_with_its_own_tokenizer(tmp_path: Path) -> None:
    vocabulary = {word: n for n, word in enumerate(["?", *dict.fromkeys(TEXT.split())])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert token_counter(Reference("folder", ".", file=tmp_path))(TEXT) == len(TEXT.split())


@pytest.mark.parametrize(
    "text", ["http://localhost/v1#tiny", "scripted:", "nobody/nothing-of-the-kind"]
)
def test_where_there_is_none_at_hand_it_is_an_estimate(text: str) -> None:
    assert token_counter(parse_reference(text, Path())) is estimate_tokens


def test_a_checkpoint_without_tokenizer_is_estimated(tmp_path: Path) -> None:
    assert token_counter(Reference("folder", ".", file=tmp_path)) is estimate_tokens
