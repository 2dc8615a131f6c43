"""Merging an adapter: the same logits from an ordinary folder, and input that cannot be merged."""

import json
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context, Silent
from tutelage.core.cards.card import front_matter, run_card
from tutelage.core.errors import InputError
from tutelage.core.store import link
from tutelage.stages import RandomStudent
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.training.merge import merge, write_merged

from tests.trees import write


@pytest.fixture
def adapter(context: Context, taxonomy: Taxonomy, tmp_path: Path) -> Path:
    """An adapter that changes what its tiny base says."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = RandomStudent(hidden_size=16, layers=1).run(context, taxonomy).folder
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(base)
    lora = LoraConfig(r=4, init_lora_weights=False, target_modules="all-linear")
    folder = tmp_path / "adapter"
    get_peft_model(model, lora).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    write(folder / "README.md", "---\nlibrary_name: peft\n---\n\nOf no run\n")
    shown = tmp_path / "run" / "sft"
    write(run_card(shown), "---\nlibrary_name: peft\n---\n\nAn adapter for `base`\n")
    link(folder, shown)
    return shown


def _logits(model: Any) -> Any:
    import torch

    with torch.no_grad():
        return model.eval()(torch.arange(5, 25).unsqueeze(0)).logits


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning:transformers")
def test_the_merged_model_says_what_the_adapter_said(adapter: Path, tmp_path: Path) -> None:
    import torch
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = tmp_path / "merged"
    merge(adapter, out, Silent())
    merged = AutoModelForCausalLM.from_pretrained(out)
    tuned = AutoPeftModelForCausalLM.from_pretrained(adapter)
    with tuned.disable_adapter():
        untouched = _logits(tuned)
    assert torch.allclose(_logits(merged), _logits(tuned), atol=1e-5)
    assert not torch.allclose(_logits(merged), untouched, atol=1e-2)
    assert AutoTokenizer.from_pretrained(out).chat_template
    card = (out / "README.md").read_text()
    assert front_matter(card)["library_name"] == "transformers"
    assert "Merged from an adapter for `base`" in card
    assert not {file.name for file in out.iterdir()} & {"job.json", "adapter_config.json"}
    assert not list(tmp_path.glob(".merge-*"))


def test_what_is_no_adapter_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="so it is no checkpoint"):
        merge(tmp_path, tmp_path / "out", Silent())
    write(tmp_path / "config.json", "{}")
    with pytest.raises(InputError, match="so it is a whole model already"):
        merge(tmp_path, tmp_path / "out", Silent())


def test_a_base_that_is_gone_is_named(tmp_path: Path) -> None:
    settings = {"base_model_name_or_path": str(tmp_path / "gone")}
    write(tmp_path / "adapter_config.json", json.dumps(settings))
    with pytest.raises(InputError, match=r"its base .*gone is not there any more"):
        merge(tmp_path, tmp_path / "out", Silent())


def test_a_folder_with_files_in_it_is_not_overwritten(tmp_path: Path) -> None:
    settings = {"base_model_name_or_path": "org/small"}
    write(tmp_path / "adapter_config.json", json.dumps(settings))
    with pytest.raises(InputError, match="exists already"):
        merge(tmp_path, tmp_path, Silent())


@pytest.mark.filterwarnings("ignore:.*tie_word_embeddings:UserWarning")
@pytest.mark.filterwarnings("ignore:Setting .save_embedding_layers:UserWarning")
@pytest.mark.parametrize(
    "modules", [["q_proj", "embed_tokens"], ["lm_head"], "all-linear"], ids=str
)
def test_a_merge_over_tied_embeddings_says_what_the_adapter_said(
    context: Context, taxonomy: Taxonomy, tmp_path: Path, modules: list[str] | str
) -> None:
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = RandomStudent(hidden_size=16, layers=1).run(context, taxonomy).folder
    torch.manual_seed(0)
    lora = LoraConfig(r=4, init_lora_weights=False, target_modules=modules)
    folder, out = tmp_path / "adapter", tmp_path / "merged"
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), lora).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    write_merged({"base": str(base), "adapter": str(folder), "out": str(out)}, tmp_path)
    adapted = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), folder)
    merged = AutoModelForCausalLM.from_pretrained(out)
    assert torch.allclose(_logits(merged), _logits(adapted), atol=1e-4)
