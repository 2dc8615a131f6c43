"""Merging an adapter into its base: an ordinary model folder that needs no peft to load."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from tutelage.contract.context import Progress, local_context
from tutelage.core.cards.card import run_card
from tutelage.core.cards.model_card import merged_card
from tutelage.core.errors import InputError, StageError
from tutelage.models.merging import load_merged
from tutelage.models.model_shape import ADAPTER
from tutelage.training.adapter import adapter_of
from tutelage.training.launch import launch
from tutelage.training.why_failed import OUTPUT


def merge(checkpoint: Path, out: Path, progress: Progress) -> None:
    """Write the adapter in `checkpoint`, merged into its base, as the new folder `out`.

    Runs in a child process. Raises InputError where there is no adapter, its base is not to be
    found, or `out` exists and is not empty.
    """
    base = base_of(checkpoint)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: exists already; name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".merge-", dir=out.parent) as place:
        context = local_context(Path(place) / "work", "merge", progress=progress)
        context.journal.close()
        result = Path(place) / "merged"
        job = {"job": "merge", "base": base, "adapter": str(checkpoint.absolute())}
        try:
            launch(job | {"out": str(result)}, context, alone=True)
        except StageError as exc:
            log, kept = context.folder / OUTPUT, out.with_name(f"{out.name}.log")
            shutil.copyfile(log, kept)  # its folder goes with the attempt
            raise StageError(str(exc).replace(str(log), str(kept))) from exc
        if out.exists():
            out.rmdir()
        result.rename(out)


def base_of(checkpoint: Path) -> str:
    """The model, on the hub or in a folder, that an adapter was trained on; else InputError."""
    adapter = adapter_of(checkpoint)
    if adapter is None:
        whole = (checkpoint / "config.json").is_file()
        what = "a whole model already" if whole else "no checkpoint"
        raise InputError(f"{checkpoint}: holds no {ADAPTER}, so it is {what}")
    base = str(adapter["base_model_name_or_path"])
    if base.startswith(("/", ".")) and not Path(base).is_dir():
        raise InputError(f"{checkpoint}: its base {base} is not there any more")
    return base


def write_merged(job: dict[str, Any], folder: Path) -> None:
    """The job behind `merge`: computed in float32, saved in the base's own type."""
    import torch
    from transformers import AutoConfig, AutoTokenizer

    out, adapter = Path(job["out"]), Path(job["adapter"])
    own_type = AutoConfig.from_pretrained(job["base"]).dtype or torch.float32
    load_merged(adapter).to(own_type).save_pretrained(out)
    own = (adapter / "tokenizer_config.json").is_file()
    AutoTokenizer.from_pretrained(adapter if own else job["base"]).save_pretrained(out)
    of_run = run_card(adapter)
    card = of_run if of_run.is_file() else adapter / "README.md"
    if card.is_file():
        text = merged_card(card.read_text(encoding="utf-8"))
        (out / "README.md").write_text(text, encoding="utf-8")
