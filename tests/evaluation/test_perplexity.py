"""Perplexity against the model's own loss, and what the guard says of two models."""

from pathlib import Path

import pytest
from tutelage.contract.context import Context, local_context
from tutelage.evaluation import perplexity
from tutelage.evaluation.forgetting import likelihoods
from tutelage.evaluation.perplexity import Text, TextReading, compared, general_texts, read, summary
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.stages import RandomStudent
from tutelage.taxonomy.leaf import Taxonomy

TEXTS = [
    Text(title="Rain", text="Some of the water rises into the air as vapour."),
    Text(title="A letter", text="Dear Sir, I have lost your book."),
    Text(title="Swimming", text="Children float before they swim, and fear gives way to joy — so."),
]


@pytest.fixture
def student(tmp_path: Path, taxonomy: Taxonomy) -> Model:
    made = RandomStudent(hidden_size=16, layers=1, vocabulary=400)
    context = local_context(tmp_path / "student")
    folder = made.run(context, taxonomy).folder
    context.journal.close()
    reference = parse_reference(str(folder), Path())
    return Model("student", reference, ModelConfig(ref=str(folder)), reference.identity())


def test_likelihoods_are_the_models_own_loss_whatever_shares_the_batch(student: Model) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(student.folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(student.folder)
    for found, text in zip(read(student, TEXTS), TEXTS, strict=True):
        title = tokenizer(f"{text.title}\n\n")["input_ids"]
        tokens = tokenizer(text.text, add_special_tokens=False)["input_ids"]
        ids = torch.tensor([title + tokens])
        labels = torch.tensor([[-100] * len(title) + tokens])
        with torch.inference_mode():
            loss = float(model(input_ids=ids, labels=labels).loss)
        assert found.nats == pytest.approx(loss * len(tokens), rel=1e-4)
        assert (found.tokens, found.bytes) == (len(tokens), len(text.text.encode()))


def test_perplexity_counts_tokens_and_bits_count_bytes() -> None:
    line = summary(
        "a", [TextReading(nats=2.0, tokens=2, bytes=4), TextReading(nats=4.0, tokens=1, bytes=4)]
    )
    assert line["perplexity"] == pytest.approx(2.718281828**2)
    assert line["bits_per_byte"] == pytest.approx(6 / 0.6931471806 / 8)


def test_a_change_is_paired_by_text() -> None:
    before = [TextReading(10.0 + n, 10, 40) for n in range(20)]
    worse = [TextReading(one.nats * 1.05, 10, 40) for one in before]
    mixed = [TextReading(one.nats + (-1) ** n, 10, 40) for n, one in enumerate(before)]
    assert compared(before, worse)["beyond_noise"]
    assert compared(before, worse)["low"] > 0
    assert not compared(before, mixed)["beyond_noise"]


def test_the_guard_compares_with_the_first_that_can_be_read(
    student: Model, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutelage.evaluation.forgetting.general_texts", lambda: TEXTS)
    fake = parse_reference("scripted:", Path())
    teacher = Model("teacher", fake, ModelConfig(ref="scripted:"), fake.identity())
    lines = likelihoods(context, [teacher, student, student])
    assert "unavailable" in lines[0]
    assert "change" not in lines[1]
    assert lines[2]["change"]["difference"] == 0
    assert not lines[2]["change"]["beyond_noise"]


def test_the_shipped_texts_are_all_there() -> None:
    assert len(general_texts()) == 20
    assert perplexity.texts_digest()
