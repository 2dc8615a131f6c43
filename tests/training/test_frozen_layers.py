"""Frozen layers: the embeddings and the lowest layers take no gradient, the others do."""

from transformers import LlamaConfig, LlamaForCausalLM
from tutelage.training.frozen_layers import freeze_lowest


def test_the_lowest_layers_and_the_embeddings_stay() -> None:
    config = LlamaConfig(
        vocab_size=32,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    assert freeze_lowest(model, 0.5) == 2
    free = {name for name, one in model.named_parameters() if one.requires_grad}
    assert {name.split(".")[2] for name in free if ".layers." in name} == {"2", "3"}
    assert not any("embed" in name for name in free)
