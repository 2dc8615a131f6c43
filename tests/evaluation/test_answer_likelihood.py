"""How likely a model finds an answer: by its own tokens, whatever stands beside it in a batch."""

from pathlib import Path

import pytest
from tutelage.evaluation.answer_likelihood import NOTHING_SAID, mean_log_probs
from tutelage.models.chat import Message
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.testing.tiny_student import write_tiny_student

ASKED: tuple[Message, ...] = ({"role": "user", "content": "Where is the boat?"},)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_student(folder, ["Where is the boat? In the harbour."], hidden_size=16)
    reference = parse_reference(str(folder), Path())
    return Model("tiny", reference, ModelConfig(ref=reference.text), reference.identity())


def test_each_answer_is_read_by_itself(tiny: Model) -> None:
    texts = ["In the harbour.", "In the harbour, where it has been for a very long time.", "", "x"]
    together = mean_log_probs(tiny, [(ASKED, text) for text in texts])
    alone = [mean_log_probs(tiny, [(ASKED, text)])[0] for text in texts[:2]]
    assert together[:2] == pytest.approx(alone, abs=1e-4)
    assert together[2] == NOTHING_SAID
    assert all(-30 < value < 0 for value in (together[0], together[3]))


def test_it_is_the_mean_over_tokens_that_the_model_gives(tiny: Model) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place = str(tiny.folder)
    tokenizer = AutoTokenizer.from_pretrained(place)
    model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32).eval()
    prompt = tokenizer.apply_chat_template(
        [dict(turn) for turn in ASKED], tokenize=False, add_generation_prompt=True
    )
    given = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    answer = tokenizer("In the harbour.", add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        logits = model(torch.tensor([given + answer])).logits[0].log_softmax(-1)
    wanted = [float(logits[len(given) - 1 + n, token]) for n, token in enumerate(answer)]
    (found,) = mean_log_probs(tiny, [(ASKED, "In the harbour.")])
    assert found == pytest.approx(sum(wanted) / len(wanted), abs=1e-4)
