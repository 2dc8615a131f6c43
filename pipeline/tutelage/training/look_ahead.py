"""What of a model can be found wrong before it is trained or asked: no weights are loaded.

    python -m tutelage.training.look_ahead < models.json

By model: where its config and tokenizer are, and its `uses`, each with the chat template that
stands in place of its own, the adapter to be trained, and whether rows have system turns. Prints,
by model, `template` (whether it has one of its own) and `refused` (what is wrong, by use), or the
`problem` with opening it.
"""

import json
import os
import sys
import warnings
from typing import Any

from jinja2.exceptions import TemplateError

from tutelage.core.errors import InputError
from tutelage.core.parent_process import end_with
from tutelage.training.chat_templates import is_chatml
from tutelage.training.endings import chatml_for, ending_of

_TURNS = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]


def main() -> None:
    """Look at every model that standard input names."""
    end_with(os.getppid())
    warnings.simplefilter("ignore")
    print(json.dumps({name: _look(asked) for name, asked in json.load(sys.stdin).items()}))


def _look(asked: dict[str, Any]) -> dict[str, Any]:
    from transformers import AutoConfig, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(**asked["config"])
        tokenizer = AutoTokenizer.from_pretrained(**asked["tokenizer"])
    except Exception as exc:  # whatever the libraries raise
        return {"problem": f"{type(exc).__name__}: {exc}"}
    own = tokenizer.chat_template
    refused: dict[str, str] = {}
    for number, use in enumerate(asked["uses"]):
        tokenizer.chat_template = own
        if why := _refusal(use, tokenizer, config, asked["config"]):
            refused[str(number)] = why
    return {"template": bool(own), "refused": refused}


def _refusal(use: dict[str, Any], tokenizer: Any, config: Any, place: dict[str, Any]) -> str | None:
    """What is wrong with training a model in this way; a missing template is reported elsewhere."""
    if not use["trained"]:
        return None
    if use["adapter"] and (why := _without_modules(use["adapter"], config)):
        return why
    try:
        if given := use["template"]:
            tokenizer.chat_template = chatml_for(given, tokenizer) if is_chatml(given) else given
        if tokenizer.chat_template is None:
            return None
        if use["answers"]:
            ending_of(tokenizer, _stops(config, place))
    except InputError as exc:
        return str(exc)
    return _without_system(tokenizer) if use["system"] else None


def _without_system(tokenizer: Any) -> str | None:
    try:
        tokenizer.apply_chat_template([{"role": "system", "content": "."}, *_TURNS], tokenize=False)
    except TemplateError as exc:
        return (
            f"the rows have system turns, which the student's chat template refuses ({exc}); put "
            "their text at the beginning of the user's turn, or give a `chat_template` that takes "
            "system turns"
        )
    return None


def _without_modules(adapter: dict[str, Any], config: Any) -> str | None:
    """peft's error for an adapter on a model without weights."""
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from tutelage.training.student import new_adapter

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
        try:
            get_peft_model(model, new_adapter(adapter, "CAUSAL_LM"), low_cpu_mem_usage=True)
        except ValueError as exc:
            return f"adapter.target_modules: {exc}"
    return None


def _stops(config: Any, place: dict[str, Any]) -> list[int]:
    from transformers import GenerationConfig

    try:
        settings = GenerationConfig.from_pretrained(place["pretrained_model_name_or_path"])
    except (OSError, ValueError):  # it has none, or is a GGUF file
        settings = GenerationConfig.from_model_config(config)
    found = settings.eos_token_id
    return found if isinstance(found, list) else [] if found is None else [found]


if __name__ == "__main__":
    main()
