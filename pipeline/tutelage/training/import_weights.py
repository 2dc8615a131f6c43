"""Turning a model reference into an ordinary checkpoint folder that can be trained."""

from pathlib import Path
from typing import Any

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint
from tutelage.core.errors import ModelReferenceError
from tutelage.models.hub import loading
from tutelage.models.model import Model
from tutelage.training.launch import launch


class ImportWeights(Stage):
    """Write the weights, tokenizer and chat template behind a reference as a checkpoint folder."""

    trust_remote_code: bool = False
    """Let the model's own Python code run."""

    def run(self, context: Context, model: Model) -> Checkpoint:
        """A hub name or a GGUF file as a folder of safetensors."""
        if model.reference.kind not in ("hub", "gguf"):
            raise ModelReferenceError(f"model '{model.name}' has no weights to import")
        name, revision = model.reference.place
        job = {
            "job": "weights",
            "kind": model.reference.kind,
            "name": name,
            "revision": revision,
            "trust_remote_code": self.trust_remote_code,
        }
        launch(job, context, alone=True)
        return Checkpoint(context.folder)


def write_checkpoint(job: dict[str, Any], folder: Path) -> None:
    """The job behind ImportWeights. Needs about twice the model's size in memory.

    A model read from GGUF keeps a quantisation config and refuses to be saved; its weights go into
    a fresh model of the same config.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if job["kind"] == "gguf":
        file = Path(job["name"])
        place = {"pretrained_model_name_or_path": file.parent, "gguf_file": file.name}
        model = AutoModelForCausalLM.from_pretrained(**place, dtype=torch.float32)
        model = _without_quantization(model)
    else:
        trust = job["trust_remote_code"]
        place = {"pretrained_model_name_or_path": job["name"], "trust_remote_code": trust}
        place |= {"revision": job["revision"]} if job["revision"] else {}
        with loading(job["name"]):
            model = AutoModelForCausalLM.from_pretrained(**place, dtype="auto")
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**place).save_pretrained(folder)


def _without_quantization(model: Any) -> Any:
    from transformers.initialization import no_init_weights

    settings = model.config.to_dict()
    settings.pop("quantization_config", None)
    config = type(model.config).from_dict(settings)
    with no_init_weights():
        fresh = type(model)._from_config(config, dtype=model.dtype)
    fresh.load_state_dict(model.state_dict())
    fresh.tie_weights()
    fresh.generation_config = model.generation_config
    return fresh
