"""Whether students load: a child process reads config and tokenizer, but no weights."""

import json
import subprocess
from collections.abc import Iterable
from typing import Any

from tutelage.core.user_modules import python_command
from tutelage.models.engines.transformers import weights_place
from tutelage.models.model import Model
from tutelage.models.model_shape import adapter_base
from tutelage.models.reference import tokenizer_of

_PATIENCE_SECONDS = 300
_CODE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from transformers import AutoConfig, AutoTokenizer
found = {}
for name, places in json.load(sys.stdin).items():
    try:
        AutoConfig.from_pretrained(**places["config"])
        tokenizer = AutoTokenizer.from_pretrained(**places["tokenizer"])
        found[name] = {"template": bool(getattr(tokenizer, "chat_template", None))}
    except Exception as exc:
        found[name] = {"problem": f"{type(exc).__name__}: {exc}"}
print(json.dumps(found))
"""


def load_students(models: Iterable[Model]) -> dict[str, dict[str, Any]]:
    """By model: `template`, whether its tokenizer has one, or the `problem` with loading it."""
    places = {model.name: _places(model) for model in models}
    if not places:
        return {}
    command = python_command("-c", _CODE)
    try:
        result = subprocess.run(
            command,
            input=json.dumps(places),
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {name: {"problem": f"no answer in {_PATIENCE_SECONDS} s"} for name in places}
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["transformers cannot be loaded"])[-1]
        return {name: {"problem": last} for name in places}
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def _places(model: Model) -> dict[str, dict[str, Any]]:
    """Where transformers finds a model's config and tokenizer: arguments of `from_pretrained`."""
    trust = {"trust_remote_code": True} if model.config.trust_remote_code else {}
    place = weights_place(model) | trust
    if model.folder is None:
        return {"config": place, "tokenizer": place}
    config, tokenizer = adapter_base(model.folder), tokenizer_of(model.folder)
    return {
        "config": place | ({"pretrained_model_name_or_path": config} if config else {}),
        "tokenizer": place | {"pretrained_model_name_or_path": tokenizer},
    }
