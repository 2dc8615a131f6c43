"""The transformers engine on a tiny checkpoint: batches, memory, adapters, seeds."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tutelage.models.engine_agreement import texts
from tutelage.models.engines.transformers import Transformers

from tests.models import tiny
from tests.models.generation_session import ask, asks


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> Transformers:
    """The engine of the tiny checkpoint."""
    return Transformers(tiny.model(checkpoint))


def test_every_request_is_answered_with_its_usage(engine: Transformers) -> None:
    found = {c.request.id: c for c in engine.complete([*asks(7, max_tokens=5)])}
    assert set(found) == {f"q{n}" for n in range(7)}
    for completion in found.values():
        assert completion.usage.requests == 1 and completion.usage.input_tokens > 3
        assert 0 < completion.usage.output_tokens <= 5 and completion.usage.seconds > 0
        assert completion.finish_reason in ("length", "stop")


def test_a_draw_depends_on_its_own_seed_alone(engine: Transformers) -> None:
    asked = [ask(f"q{n % 3}", f"{n}", seed=n, temperature=1.0, max_tokens=5) for n in range(6)]
    alone = {name: text for one in asked for name, text in texts(engine, [one]).items()}
    assert texts(engine, asked) == alone == texts(engine, asked[::-1])
    assert len(set(alone.values())) == 6


def test_a_batch_beyond_the_memory_is_halved(
    engine: Transformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    whole, tried = texts(engine, [*asks(20, max_tokens=4)]), []
    generate = engine._generate

    def small(batch: Sequence[Any]) -> list[list[int]]:
        tried.append(len(batch))
        if len(batch) > 6:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(batch)

    monkeypatch.setattr(engine, "_generate", small)
    monkeypatch.setattr(engine, "_batch_size", 128)
    assert texts(engine, [*asks(20, max_tokens=4)]) == whole
    assert tried == [20, 10, 5, 5, 5, 5]
    tried.clear()
    assert texts(engine, [*asks(5, max_tokens=4)]) and tried == [5]


def test_what_does_not_fit_alone_fails_alone(
    engine: Transformers, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    generate = engine._generate

    def picky(batch: Sequence[Any]) -> list[list[int]]:
        if any(prompt.request.id == "q3" for prompt in batch):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return generate(batch)

    monkeypatch.setattr(engine, "_generate", picky)
    monkeypatch.setattr(engine, "_batch_size", 128)
    found = {c.request.id: c for c in engine.complete([*asks(6, max_tokens=2)])}
    assert found["q3"].error == "out_of_memory: even alone it does not fit"
    assert sum(c.finish_reason == "failed" for c in found.values()) == 1 and len(found) == 6


def test_a_prompt_beyond_the_positions_fails_alone(engine: Transformers) -> None:
    found = {
        c.request.id: c
        for c in engine.complete([ask("x " * 3000, "long"), ask("short", max_tokens=2)])
    }
    assert str(found["long"].error).startswith("rejected: a prompt of ")
    assert found["short"].finish_reason != "failed"


def test_an_answer_ends_before_its_stop_text(engine: Transformers) -> None:
    (free,) = engine.complete([ask("q", max_tokens=12, temperature=1.0, seed=3)])
    stop = free.text[len(free.text) // 2 :][:3]
    (cut,) = engine.complete([ask("q", max_tokens=12, temperature=1.0, seed=3, stop=(stop,))])
    assert (cut.text, cut.finish_reason) == (free.text[: free.text.index(stop)], "stop")


def test_an_adapter_answers_unmerged_as_it_would_merged(
    engine: Transformers, checkpoint: Path, tmp_path: Path
) -> None:
    adapter = tiny.write_adapter(checkpoint, tmp_path)
    adapted = Transformers(tiny.model(adapter), exact=True)
    assert any("lora" in name for name, _ in adapted._model.named_parameters())
    asked = [*asks(4, max_tokens=6)]
    found = texts(adapted, asked)
    for file in adapter.glob("*token*"):
        file.unlink()
    (adapter / "chat_template.jinja").unlink()
    assert texts(Transformers(tiny.model(adapter), exact=True), asked) == found  # the base's
    assert found == texts(Transformers(tiny.model(tmp_path / "merged"), exact=True), asked)
    assert found != texts(engine, asked)


def test_an_adapter_is_another_model_on_another_base(checkpoint: Path, tmp_path: Path) -> None:
    adapter = tiny.write_adapter(checkpoint, tmp_path)
    before = tiny.model(adapter).identity
    base = shutil.copytree(checkpoint, tmp_path / "base")
    config = adapter / "adapter_config.json"
    config.write_text(config.read_text().replace(str(checkpoint), str(base)))
    assert tiny.model(adapter).identity == before  # the same content elsewhere
    (base / "generation_config.json").write_text("{}")
    assert tiny.model(adapter).identity != before
