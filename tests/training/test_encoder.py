"""The loss is on the assistant's tokens, in every turn, and rows laid end to end stay apart."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.training.encoder import IGNORED, Encoder

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Which berth?"},
    {"role": "assistant", "content": "Berth 7"},
    {"role": "user", "content": "And the crane?"},
    {"role": "assistant", "content": "12 tonnes"},
]
FORGETFUL = """
{%- for m in messages -%}
<|{{ m.role }}|>{% if m.role == 'assistant' and not loop.last %}...{% else %}{{ m.content }}
{%- endif %}<|end|>
{%- endfor -%}
{%- if add_generation_prompt %}<|assistant|>{% endif -%}
"""


@pytest.fixture
def tokenizer(student: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(student)


def learnt(tokenizer: Any, encoded: dict[str, Any]) -> str:
    """The text of the tokens that count."""
    return str(tokenizer.decode([label for label in encoded["labels"] if label != IGNORED]))


def test_every_assistant_turn_of_messages_counts(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer)
    (encoded,) = encoder.encode([{"id": "a", "messages": TURNS}])
    assert learnt(tokenizer, encoded) == "Berth 7<|end|>12 tonnes<|end|>"
    assert encoded["items"] == sum(label != IGNORED for label in encoded["labels"])
    assert encoder.last_only == 0


def test_only_the_completion_counts_where_there_is_one(tokenizer: Any) -> None:
    row = {"id": "a", "prompt": TURNS[:4], "completion": TURNS[4:]}
    (encoded,) = Encoder(tokenizer).encode([row])
    assert learnt(tokenizer, encoded) == "12 tonnes<|end|>"


def test_of_an_answer_only_its_opening_is_learnt_where_a_row_says_so(tokenizer: Any) -> None:
    row = {"id": "a", "prompt": TURNS[:4], "completion": TURNS[4:]}
    whole, opened = Encoder(tokenizer).encode([row, row | {"id": "b", "opening": "12"}])
    assert learnt(tokenizer, opened) == "12"
    assert whole["input_ids"][: len(opened["input_ids"])] == opened["input_ids"]
    assert opened["items"] < whole["items"]
    assert opened["length"] == len(opened["labels"]) == len(opened["input_ids"])


def test_what_follows_the_last_answer_is_no_part_of_a_row(tokenizer: Any) -> None:
    (encoded,) = Encoder(tokenizer).encode([{"id": "a", "messages": TURNS[:4]}])
    assert tokenizer.decode(encoded["input_ids"]).endswith("Berth 7<|end|>")


def test_a_template_that_rewrites_earlier_turns_lets_only_the_last_count(tokenizer: Any) -> None:
    tokenizer.chat_template = FORGETFUL
    encoder = Encoder(tokenizer)
    (encoded,) = encoder.encode([{"id": "a", "messages": TURNS}])
    assert learnt(tokenizer, encoded) == "12 tonnes<|end|>"
    assert encoder.last_only == 1


def test_tokens_are_counted_with_the_longer_answer(tokenizer: Any) -> None:
    encoder = Encoder(tokenizer)
    pair = {"prompt": TURNS[1:2], "chosen": TURNS[2:3], "rejected": TURNS[4:]}
    turned = pair | {"chosen": pair["rejected"], "rejected": pair["chosen"]}
    assert encoder.lengths([pair]) == encoder.lengths([turned])
    whole = {"prompt": TURNS[1:2], "completion": TURNS[4:]}
    assert encoder.lengths([pair]) == encoder.lengths([whole])


def test_rows_laid_end_to_end_do_not_see_each_other(student: Path, tokenizer: Any) -> None:
    import torch
    from transformers import AutoModelForCausalLM
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    rows = [
        {"id": str(n), "prompt": [{"role": "user", "content": "Say " * n}], "completion": said}
        for n, said in enumerate([TURNS[2:3], TURNS[4:], TURNS[2:3]], 1)
    ]
    encoded = Encoder(tokenizer).encode(rows)
    model = AutoModelForCausalLM.from_pretrained(student).eval()
    pad = tokenizer.pad_token_id
    flat = DataCollatorForLanguageModeling(pad_token_id=pad, padding_free=True)(encoded)
    kernel = ("input_ids", "position_ids")
    with torch.no_grad():
        together = model(**{name: flat[name] for name in kernel}, use_cache=False).logits[0]
        alone = [model(torch.tensor([row["input_ids"]])).logits[0] for row in encoded]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-4)
    starts = flat["position_ids"][0] == 0
    assert (flat["labels"][0][starts] == IGNORED).all()


WORKED = {
    "id": "a",
    "prompt": [{"role": "user", "content": "3 + 4?"}],
    "completion": [{"role": "assistant", "content": "7"}],
    "reasoning": "3 + 4 = 7",
}


def rendered(tokenizer: Any, **knobs: Any) -> str:
    from tutelage.stages import SFT

    row = SFT(**knobs).columns({"leaf": "*", **WORKED})
    encoder = Encoder(tokenizer)
    assert all(isinstance(length, int) for length in encoder.lengths([row]))
    return learnt(tokenizer, encoder.encode([row])[0])


def test_reasoning_is_learnt_as_steps_or_between_the_students_marks(tokenizer: Any) -> None:
    assert rendered(tokenizer) == "7<|end|>"
    assert rendered(tokenizer, reasoning="plain") == "3 + 4 = 7\nAnswer: 7<|end|>"
    thought = "<think>\n3 + 4 = 7\n</think>\n\n7<|end|>"
    assert rendered(tokenizer, reasoning="think") == thought
    tokenizer.chat_template += "{# [THINK] [/THINK] #}"
    assert rendered(tokenizer, reasoning="think").startswith("[THINK]\n3 + 4 = 7\n[/THINK]")


def test_a_share_of_rows_is_learnt_without_thoughts_by_the_templates_switch(tokenizer: Any) -> None:
    from tutelage.core.errors import InputError
    from tutelage.stages import SFT
    from tutelage.training.chat_templates import template_text
    from tutelage.training.endings import chatml_for

    stage = SFT(reasoning="think", without_thoughts=0.5)
    rows = [stage.columns({"leaf": "*", **WORKED, "id": str(n)}) for n in range(200)]
    assert 70 < sum(row["thinks"] for row in rows) < 130
    with pytest.raises(InputError, match="no switch `enable_thinking`"):
        Encoder(tokenizer).lengths(rows)
    tokenizer.chat_template = chatml_for(str(template_text("chatml_thinking")), tokenizer)
    encoder = Encoder(tokenizer)
    encoder.lengths(rows)
    for row, encoded in zip(rows, encoder.encode(rows), strict=True):
        said, whole = learnt(tokenizer, encoded), tokenizer.decode(encoded["input_ids"])
        if row["thinks"]:
            assert said.startswith("<think>\n3 + 4") and "<think>\n\n</think>" not in whole
        else:
            assert said.startswith("7") and whole.count("<think>\n\n</think>") == 1
