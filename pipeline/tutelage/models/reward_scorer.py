"""Scores by a reward model: one number for an answer to a prompt, higher for a better one.

A reward model is a sequence classifier with a single output, whole or an adapter over its base, as
the `reward` stage or TRL's RewardTrainer saves it. A conversation is written by its own chat
template, so the answers may come from any model.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutelage.core.digests import digest
from tutelage.core.errors import InputError
from tutelage.models.answered import Answered
from tutelage.models.model_shape import ADAPTER, adapter_base
from tutelage.models.reference import tokenizer_of
from tutelage.models.tool_turn import for_template

_BATCH = 16
_CLASSIFIER = "ForSequenceClassification"


def reward_scores(folder: Path, answered: Sequence[Answered]) -> list[float]:
    """The score of each answer by the reward model in a folder; raises InputError if it is none."""
    scorer = RewardScorer(folder)
    try:
        return scorer.scores(answered)
    finally:
        scorer.close()


def check_reward_model(folder: Path) -> None:
    """Raise InputError for a folder that holds no reward model; only its JSON files are read."""
    base = adapter_base(folder)
    if base is None:
        config = _json(folder / "config.json")
        kinds = config.get("architectures") or [""]
        if not kinds[0].endswith(_CLASSIFIER) or len(config.get("id2label") or (0, 1)) != 1:
            raise InputError(
                f"{folder}: no reward model: it is a {kinds[0] or 'model of unknown kind'}, and a "
                "sequence classifier with a single output is needed; make one with `use: reward`"
            )
    else:
        config = _json(Path(base) / "config.json")
        if _json(folder / ADAPTER).get("task_type") != "SEQ_CLS":
            raise InputError(
                f"{folder}: no reward model: the adapter was trained to write answers, not to "
                "score them; make one with `use: reward`"
            )
    _check_tokenizer(folder, int(config.get("vocab_size") or 0))


def vocabulary_of(folder: Path) -> str:
    """A digest of a checkpoint's tokens and their numbers; empty where its files do not say."""
    tokens = _tokens(folder)
    return digest(sorted(tokens.items())) if tokens else ""


def differ_in_tokens(folder: Path, other: Path) -> bool:
    """Whether two checkpoints have other tokens, as far as their files say."""
    return len({vocabulary_of(folder), vocabulary_of(other)} - {""}) > 1


class RewardScorer:
    """A loaded reward model."""

    def __init__(self, folder: Path, batch_size: int = _BATCH) -> None:
        from transformers import AutoTokenizer

        check_reward_model(folder)
        self._tokenizer = AutoTokenizer.from_pretrained(tokenizer_of(folder))
        self._tokenizer.padding_side, self._tokenizer.truncation_side = "right", "left"
        self._tokenizer.pad_token = self._tokenizer.pad_token or self._tokenizer.eos_token
        self._model = _load(folder)
        config = self._model.config.get_text_config()
        config.pad_token_id = self._tokenizer.pad_token_id
        self._longest = int(getattr(config, "max_position_embeddings", None) or 4096)
        self._batch_size = batch_size

    def scores(self, answered: Sequence[Answered]) -> list[float]:
        """The score of each answer; of one beyond the model's positions the end is what counts."""
        import torch

        texts = [self._text(one) for one in answered]
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found = [0.0] * len(texts)
        for first in range(0, len(order), self._batch_size):
            places = order[first : first + self._batch_size]
            inputs = self._tokenizer(
                [texts[at] for at in places],
                return_tensors="pt",
                padding=True,
                truncation=True,
                max_length=self._longest,
                add_special_tokens=False,
            ).to(self._model.device)
            inputs.pop("token_type_ids", None)
            with torch.inference_mode():
                logits = self._model(**inputs).logits[:, 0].float().tolist()
            for at, score in zip(places, logits, strict=True):
                found[at] = float(score)
        return found

    def close(self) -> None:
        """Free the weights."""
        self._model = None

    def _text(self, one: Answered) -> str:
        """The whole conversation as the `reward` stage writes it."""
        whole = [*map(for_template, one.turns), {"role": "assistant", "content": one.text}]
        render = self._tokenizer.apply_chat_template
        return str(render(whole, tools=list(one.tools) or None, tokenize=False))


def _load(folder: Path) -> Any:
    """The classifier in float32, on the device that is there."""
    import torch
    from transformers import AutoModelForSequenceClassification

    base = adapter_base(folder)
    model = AutoModelForSequenceClassification.from_pretrained(
        base or folder, num_labels=1, dtype=torch.float32
    )
    if base is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, folder)
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _check_tokenizer(folder: Path, rows: int) -> None:
    """Raise InputError for a tokenizer that cannot be the model's own."""
    place = Path(tokenizer_of(folder))
    tokens = _tokens(folder)
    largest = max(tokens.values(), default=0)
    if rows and largest >= rows:
        raise InputError(
            f"{folder}: the tokenizer is another model's: it has a token {largest}, and the "
            f"weights know {rows}; put the reward model's own tokenizer beside its weights"
        )
    template = _json(place / "tokenizer_config.json").get("chat_template")
    if not template and not (place / "chat_template.jinja").exists():
        raise InputError(
            f"{folder}: the reward model has no chat template, so no conversation can be shown to "
            "it; save one with its tokenizer"
        )


def _tokens(folder: Path) -> dict[str, int]:
    """Each token's number, as tokenizer.json has them."""
    saved = _json(Path(tokenizer_of(folder)) / "tokenizer.json")
    known = (saved.get("model") or {}).get("vocab") or {}
    pairs = known.items() if isinstance(known, dict) else ((t[0], n) for n, t in enumerate(known))
    added = ((one["content"], one["id"]) for one in saved.get("added_tokens") or [])
    return {str(token): int(number) for token, number in (*pairs, *added)}


def _json(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
