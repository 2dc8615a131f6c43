"""How likely a model finds answers that were given to it: the mean log-probability of a token."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tutelage.models.answered import Answered
from tutelage.models.chat import Message
from tutelage.models.chat_prompt import ChatPrompt
from tutelage.models.model import Model

_BATCH = 16
NOTHING_SAID = -1e9
"""Of an answer without a token: below any that has one."""


def mean_log_probs(model: Model, answered: Sequence[Answered]) -> list[float]:
    """Of each answer, in nats a token; loads local weights once and frees them afterwards.

    See `perplexity.readable` for the models that this works with.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from tutelage.models.engines.transformers import weights_place

    place: dict[str, Any] = weights_place(model) | {
        "trust_remote_code": model.config.trust_remote_code
    }
    tokenizer = AutoTokenizer.from_pretrained(**place)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    loaded = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32).to(device).eval()
    prompts = ChatPrompt(_render(tokenizer, model), "system" in model.config.refuses)
    pairs = [_tokens(tokenizer, prompts, one) for one in answered]
    order = sorted(range(len(pairs)), key=lambda at: sum(map(len, pairs[at])))
    found = [0.0] * len(pairs)
    for first in range(0, len(order), _BATCH):
        places = order[first : first + _BATCH]
        for at, value in zip(
            places, _batch(loaded, [pairs[at] for at in places], device), strict=True
        ):
            found[at] = value
    return found


def _render(tokenizer: Any, model: Model) -> Callable[..., str]:
    def render(turns: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> str:
        text: str = tokenizer.apply_chat_template(
            [dict(turn) for turn in turns],
            tools=list(tools) or None,
            tokenize=False,
            add_generation_prompt=True,
            **model.config.template,
        )
        return text

    return render


def _tokens(tokenizer: Any, prompts: ChatPrompt, one: Answered) -> tuple[list[int], list[int]]:
    """Those of the prompt, as the model was shown it, and those of the answer."""
    prompt = prompts.text(one.turns, one.tools)
    given: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    scored: list[int] = tokenizer(one.text, add_special_tokens=False)["input_ids"]
    return given, scored


def _batch(loaded: Any, pairs: Sequence[tuple[list[int], list[int]]], device: str) -> list[float]:
    """Padded at the right: what stands after a token has no influence on it."""
    import torch

    length = max(len(given) + len(scored) for given, scored in pairs)
    ids = torch.zeros((len(pairs), length), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, (given, scored) in enumerate(pairs):
        ids[row, : len(given) + len(scored)] = torch.tensor(given + scored)
        mask[row, : len(given) + len(scored)] = 1
    with torch.inference_mode():
        logits = loaded(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
    found = []
    for row, (given, scored) in enumerate(pairs):
        if not scored:
            found.append(NOTHING_SAID)
            continue
        said = logits[row, len(given) - 1 : len(given) + len(scored) - 1].float()
        wanted = ids[row, len(given) : len(given) + len(scored)].to(said.device)
        found.append(-float(torch.nn.functional.cross_entropy(said, wanted)))
    return found
