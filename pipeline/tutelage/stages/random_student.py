"""A tiny student with random weights, for tests and dry runs: no download, no knowledge."""

from collections.abc import Iterator

from pydantic import Field

from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Checkpoint
from tutelage.taxonomy.leaf import Taxonomy

_TEMPLATE = (
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]


class RandomStudent(Stage):
    """A Llama-shaped model of few weights; its tokenizer is made from the taxonomy's own words."""

    hidden_size: int = Field(64, gt=0, multiple_of=8)
    """Width of the model."""
    layers: int = Field(2, gt=0)
    """Transformer layers."""
    vocabulary: int = Field(2000, gt=300)
    """Tokens, the 256 bytes included."""

    def run(self, context: Context, taxonomy: Taxonomy) -> Checkpoint:
        """A checkpoint folder like any other."""
        import torch
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
        from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
        from transformers.utils import logging

        logging.disable_progress_bar()
        words = Tokenizer(models.BPE())
        words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        words.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=self.vocabulary,
            special_tokens=_SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        words.train_from_iterator(_texts(taxonomy), trainer)
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=words, eos_token="<|end|>", pad_token="<|end|>"
        )
        tokenizer.chat_template = _TEMPLATE
        torch.manual_seed(context.seed_for("weights"))
        end = tokenizer.eos_token_id
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=self.hidden_size,
            intermediate_size=2 * self.hidden_size,
            num_hidden_layers=self.layers,
            num_attention_heads=4,
            max_position_embeddings=2048,
            bos_token_id=end,
            eos_token_id=end,
            pad_token_id=end,
            tie_word_embeddings=True,
        )
        LlamaForCausalLM(config).save_pretrained(context.folder)
        tokenizer.save_pretrained(context.folder)
        return Checkpoint(context.folder)


def _texts(taxonomy: Taxonomy) -> Iterator[str]:
    for leaf in taxonomy.leaves:
        yield from (document.text for document in leaf.documents)
        for seed in leaf.seeds:
            yield from (seed.question, seed.answer)
