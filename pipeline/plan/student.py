"""Whether students load: config and tokenizer are read in a child process, weights are not."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.models import Model

_PATIENCE_SECONDS = 300
_CODE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from transformers import AutoConfig, AutoTokenizer
found = {}
for name, place in json.load(sys.stdin).items():
    try:
        AutoConfig.from_pretrained(**place)
        tokenizer = AutoTokenizer.from_pretrained(**place)
        found[name] = {"template": bool(getattr(tokenizer, "chat_template", None))}
    except Exception as exc:
        found[name] = {"problem": f"{type(exc).__name__}: {exc}"}
print(json.dumps(found))
"""


def load_students(models: Iterable[Model]) -> dict[str, dict[str, Any]]:
    """By model: `template`, whether its tokenizer has one, or the `problem` with loading it."""
    places = {model.name: _place(model) for model in models}
    if not places:
        return {}
    command = [sys.executable, "-c", _CODE]
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


def _place(model: Model) -> dict[str, Any]:
    """Where transformers finds a model, as the arguments of `from_pretrained`."""
    reference = model.reference
    trust = {"trust_remote_code": True} if model.config.trust_remote_code else {}
    if reference.kind == "hub":
        name, _, revision = reference.name.partition("@")
        return {"pretrained_model_name_or_path": name} | trust | _given("revision", revision)
    file = reference.file or Path(reference.text)
    if reference.kind == "gguf":
        return {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    return {"pretrained_model_name_or_path": str(_base(file))} | trust


def _base(folder: Path) -> Path:
    """The folder itself, or an adapter's base."""
    adapter = folder / "adapter_config.json"
    if (folder / "config.json").exists() or not adapter.exists():
        return folder
    return Path(json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"])


def _given(name: str, value: str) -> dict[str, str]:
    return {name: value} if value else {}
