"""The card that a checkpoint has from its first day."""

from pathlib import Path

from huggingface_hub import ModelCard
from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint
from tutelage.training.checkpoint_card import write_card

from tests.trees import write


def test_base_rows_settings_and_licence_are_told(context: Context, tmp_path: Path) -> None:
    write(tmp_path / "base" / "config.json", "{}")
    write(tmp_path / "base" / "README.md", "---\nlicense: mit\n---\n")
    write(context.folder / "adapter_config.json", "{}")
    rows = [{"leaf": leaf, "trace": {"model": "teacher"}} for leaf in ("a", "a", "b")]
    write_card(context, "sft", Checkpoint(tmp_path / "base"), rows, {"epochs": 2.0})
    card = ModelCard((context.folder / "README.md").read_text())
    assert (card.data["license"], card.data["library_name"]) == ("mit", "peft")
    for part in ("| a | 2 |", "| b | 1 |", "| epochs | 2.0 |", "model `teacher`: unknown"):
        assert part in card.text
