"""The end of an answer: the token that a chat template writes after it must stop generation.

A template may end turns with a token that the student's generation settings do not know
(`chat_template: chatml` on a base model). Such a token is added to them and becomes the tokenizer's
own, so that transformers, OpenVINO, servers and a merged model all stop there. A template that ends
an answer with no token at all would teach the student to go on for ever; it is refused.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError

from tutelage.core.errors import InputError, StageError

_PROBES = ("A", "B")
"""Two answers: what the rendered texts have in common after them, the template wrote."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The tokens that stop generation, and what the template ends an answer with."""

    token: int
    """The one that the template writes."""
    stops: frozenset[int]
    """All of them, `token` among them."""
    added: bool
    """Whether the student's generation settings lack `token`."""


def ending_of(tokenizer: Any, stops: Collection[int]) -> Ending:
    """How the tokenizer's chat template ends an answer, for a student that stops at `stops`.

    Raises InputError, with the cure, where it ends with nothing that can stop generation.
    """
    written = _after_answers(tokenizer)
    ids = [int(one) for one in tokenizer(written, add_special_tokens=False)["input_ids"]]
    known = next((one for one in ids if one in stops), None)
    if known is not None:
        return Ending(known, frozenset(stops), added=False)
    special = {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}
    fresh = next((one for one in ids if one in special), None)
    if fresh is None:
        raise InputError(_refusal(tokenizer, written, stops))
    return Ending(fresh, frozenset({fresh, *stops}), added=True)


def chatml_for(template: str, tokenizer: Any) -> str:
    """ChatML whose turns end with a token of the student: its own end where it lacks `<|im_end|>`.

    Raises InputError where it has neither.
    """
    if "<|im_end|>" in tokenizer.get_vocab():
        return template
    if tokenizer.eos_token is None:
        raise InputError(
            "chat_template: chatml: the student's tokenizer has neither <|im_end|> nor an "
            "`eos_token`, so nothing can end an answer; add one of them to the tokenizer"
        )
    return template.replace("<|im_end|>", tokenizer.eos_token)


def settle(ending: Ending, tokenizer: Any, model: Any) -> None:
    """Let the model stop at the ending, by its own settings and by its tokenizer's."""
    settings = model.generation_config
    stops = settings.eos_token_id
    stops = stops if isinstance(stops, list) else [] if stops is None else [stops]
    if ending.token not in stops:
        settings.eos_token_id = [ending.token, *stops]
    if ending.added:
        pad = tokenizer.pad_token
        tokenizer.eos_token = tokenizer.convert_ids_to_tokens(ending.token)
        tokenizer.pad_token = pad or tokenizer.eos_token
        model.config.get_text_config().eos_token_id = ending.token
    _make_savable(settings)


def check_saved(folder: Path) -> None:
    """Raise StageError where what was saved would not stop where it was trained to."""
    from transformers import AutoTokenizer

    from tutelage.models.generation import stops_of

    tokenizer, stops = AutoTokenizer.from_pretrained(folder), stops_of(folder)
    if ending_of(tokenizer, stops).added:
        raise StageError(
            f"{folder}: was saved with generation settings that stop at {sorted(stops)}, which its "
            "chat template does not write; answers would not end"
        )


def _after_answers(tokenizer: Any) -> str:
    """What the template writes after an answer."""
    try:
        one, other = (
            tokenizer.apply_chat_template(
                [{"role": "user", "content": "?"}, {"role": "assistant", "content": answer}],
                tokenize=False,
            )
            for answer in _PROBES
        )
    except TemplateError as exc:
        raise InputError(
            f"the chat template cannot write a question and its answer: {exc}"
        ) from exc
    pairs = zip(reversed(one), reversed(other), strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), 0)
    return str(one[len(one) - same :])


def _refusal(tokenizer: Any, written: str, stops: Collection[int]) -> str:
    names = [str(tokenizer.convert_ids_to_tokens(one)) for one in sorted(stops)]
    what = (
        f"ends an answer with {written!r}" if written.strip() else "writes nothing after an answer"
    )
    stopping = ", ".join(names) or "nothing"
    return (
        f"the chat template {what}, which does not stop generation ({stopping} does): the student "
        "would never end an answer. Write `{{ eos_token }}` after the assistant's content in the "
        "template, or take `chat_template: chatml`"
    )


def _make_savable(settings: Any) -> None:
    """Mend settings that transformers refuses to save.

    Sampling parameters beside greedy decoding, as some models come with them.
    """
    try:
        settings.validate(strict=True)
    except ValueError:
        settings.do_sample = True
