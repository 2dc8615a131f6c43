"""OpenVINO over an exported checkpoint: it answers as transformers does, or is not used."""

from pathlib import Path
from typing import Any

import pytest
from tutelage.core.errors import TerminalError
from tutelage.models.chat import Request
from tutelage.models.engine_agreement import share_equal, texts
from tutelage.models.engines.openvino import OpenVINO, cache_gb
from tutelage.models.engines.openvino_open import open_openvino
from tutelage.models.engines.transformers import Transformers
from tutelage.models.model_shape import Shape

from tests.models import tiny
from tests.models.generation_session import ask, asks
from tests.models.test_tools import TOOLS as TIDE
from tests.models.test_tools import TURNS as CALLING
from tests.training.tiny_students import TOOLS, variant

pytest.importorskip("openvino_genai")

ASKED = [*asks(8, max_tokens=5)]
DRAWN = ask("q1", "drawn", max_tokens=10, temperature=0.9, seed=4)
MANY = 0.7
"""Weights as random as these leave close calls, which rounding decides."""


@pytest.fixture(scope="module")
def adapter(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of the tiny checkpoint; merged, the two say more than either."""
    return tiny.write_adapter(checkpoint, tmp_path_factory.mktemp("adapted"))


@pytest.mark.parametrize("name", ["merged", "adapter"])
def test_an_export_answers_as_transformers_does(adapter: Path, name: str) -> None:
    model = tiny.model(adapter.with_name(name), engine="openvino")
    engine = open_openvino(model)
    assert isinstance(engine, OpenVINO)
    found = texts(engine, ASKED)
    assert len(set(found.values())) > 4
    assert share_equal(found, texts(Transformers(model, exact=True), ASKED)) > MANY
    drawn = texts(engine, [DRAWN])
    assert texts(engine, [DRAWN, *ASKED[::-1]]) == found | drawn  # whatever else is asked
    engine.close()


@pytest.mark.parametrize("template", [None, TOOLS])
def test_calls_and_results_stand_in_the_prompt_as_transformers_writes_them(
    checkpoint: Path, tmp_path: Path, template: str | None
) -> None:
    folder = variant(checkpoint, tmp_path, template=template) if template else checkpoint
    engine, other = open_openvino(tiny.model(folder)), Transformers(tiny.model(folder))
    assert isinstance(engine, OpenVINO)
    for request in (Request("1", CALLING), Request("1", CALLING, tools=TIDE)):
        prompt = other._chat.prompt(request)
        assert engine._chat.prompt(request) == prompt
        assert '"at": 6' in prompt and "high" in prompt
    engine.close()


def test_an_export_that_answers_otherwise_is_not_used(
    adapter: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    merged = adapter.with_name("merged")
    untouched: Any = lambda name, tensor, config: tensor  # noqa: E731
    monkeypatch.setattr("tutelage.models.gguf_weights._in_gguf_order", untouched)
    monkeypatch.setattr("tutelage.models.engines.openvino_open._PROBES", ASKED)
    engine = open_openvino(tiny.model(merged))
    assert isinstance(engine, Transformers) and "transformers is used" in caplog.text
    with pytest.raises(TerminalError, match="`engine: transformers` runs it"):
        open_openvino(tiny.model(merged, engine="openvino"))


def test_a_prompt_beyond_the_cache_fails_by_itself(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openvino_genai

    class Small(openvino_genai.SchedulerConfig):  # type: ignore[misc]
        """Room for 128 tokens."""

        def __setattr__(self, name: str, value: Any) -> None:
            small = {"cache_size": ("num_kv_blocks", 4)}
            super().__setattr__(*small.get(name, (name, value)))

    model = tiny.model(checkpoint)
    roomy = open_openvino(model)
    expected = texts(roomy, ASKED)
    roomy.close()
    monkeypatch.setattr(openvino_genai, "SchedulerConfig", Small)
    engine = open_openvino(model)
    long, endless = ask("q1 " * 200, "long"), ask("q1", "endless", max_tokens=400)
    found = {one.request.id: one for one in engine.complete([long, *ASKED, endless])}
    engine.close()
    assert {name: found[name].text for name in expected} == expected
    assert found["long"].finish_reason == "failed"
    assert str(found["long"].error).startswith("rejected: a prompt of ")
    assert found["endless"].finish_reason == "length"


def test_the_cache_holds_a_long_prompt_of_a_larger_model_as_far_as_memory_allows() -> None:
    small = Shape(135_000_000, 576, 30, 1536, 9, 3, 64, 49_152)
    large = Shape(1_700_000_000, 2048, 24, 8192, 32, 32, 64, 49_152)
    assert cache_gb(small, 64e9) == 1
    assert (cache_gb(large, 64e9), cache_gb(large, 8e9), cache_gb(large, None)) == (4, 2, 1)


def test_the_exported_files_go_with_the_engine(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    engine = open_openvino(tiny.model(checkpoint))
    assert len(list(tmp_path.rglob("weights.gguf"))) == 1
    answers = engine.complete(iter(ASKED))
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    engine.close()
    assert list(tmp_path.iterdir()) == []
