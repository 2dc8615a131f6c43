"""GGUF files for OpenVINO: blocks that it would round are widened, the rest is left as it is."""

from pathlib import Path

import numpy as np
import pytest
from tutelage.core.errors import ModelReferenceError, TerminalError
from tutelage.core.free_memory import FreeMemory
from tutelage.models.engine_pool import choose_engine, openvino_refuses
from tutelage.models.engines.openvino_export import widened
from tutelage.models.engines.openvino_open import open_openvino
from tutelage.models.model import EngineName, Model, ModelConfig
from tutelage.models.reference import parse_reference

gguf = pytest.importorskip("gguf")

SMALL = np.random.default_rng(3).standard_normal((8, 32)).astype(np.float32)
NORM = np.ones(8, dtype=np.float32)


def written(file: Path, kind: str, family: str = "llama") -> Path:
    writer = gguf.GGUFWriter(file, family)
    writer.add_token_list(["a", "b"])
    writer.add_block_count(2)
    writer.add_rope_freq_base(5000.0)
    writer.add_array("llama.list", [1, 2, 3])
    stored = gguf.GGMLQuantizationType[kind]
    writer.add_tensor("small", gguf.quants.quantize(SMALL, stored), raw_dtype=stored)
    writer.add_tensor("norm", NORM)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def read(file: Path) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    reader = gguf.GGUFReader(file)
    weights = {
        one.name: gguf.quants.dequantize(one.data, one.tensor_type) for one in reader.tensors
    }
    return {name: field.contents() for name, field in reader.fields.items()}, weights


def test_blocks_with_an_offset_become_float16(tmp_path: Path) -> None:
    file = written(tmp_path / "a.gguf", "Q4_1")
    made = widened(file, tmp_path)
    assert made.tokenizer == file != made.weights
    (before, old), (after, new) = read(file), read(made.weights)
    assert {tensor.tensor_type.name for tensor in gguf.GGUFReader(made.weights).tensors} == {
        "F16",
        "F32",
    }
    np.testing.assert_allclose(new["small"], old["small"], rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(new["norm"], NORM)
    kept = {name: value for name, value in before.items() if name.startswith("llama.")}
    assert len(kept) == 3 and kept.items() <= after.items()


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q4_0"])
def test_other_blocks_are_left(tmp_path: Path, kind: str) -> None:
    file = written(tmp_path / "a.gguf", kind)
    assert widened(file, tmp_path / "elsewhere").weights == file


def test_what_would_not_fit_is_left_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = written(tmp_path / "a.gguf", "Q4_1")
    monkeypatch.setattr(
        "tutelage.models.engines.openvino_gguf.free_memory", lambda: FreeMemory("CPU", 600.0)
    )
    assert widened(file, tmp_path).weights == file
    assert "a.gguf: too large to widen" in caplog.text


def test_a_tokenizer_comes_along_where_openvino_reads_no_such_weights(tmp_path: Path) -> None:
    file = written(tmp_path / "a.gguf", "Q5_0")
    made = widened(file, tmp_path)
    assert made.tokenizer == made.weights != file
    assert read(made.weights)[0]["tokenizer.ggml.tokens"] == ["a", "b"]


def model(file: Path, engine: EngineName) -> Model:
    config = ModelConfig(ref=str(file), engine=engine)
    return Model("teacher", parse_reference(config.ref, Path()), config, "x")


@pytest.mark.parametrize(
    ("kind", "family", "memory", "why"),
    [
        ("Q5_0", "llama", 1e9, ""),
        ("Q4_1", "qwen2", 600.0, ""),
        ("Q5_0", "llama", 600.0, "it does not read Q5_0, and there is no memory to widen them"),
        ("Q8_0", "gemma2", 1e9, "it knows no gemma2 in a GGUF file"),
    ],
)
def test_what_openvino_cannot_open_is_for_transformers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    family: str,
    memory: float,
    why: str,
) -> None:
    file = written(tmp_path / "a.gguf", kind, family)
    monkeypatch.setattr(
        "tutelage.models.engines.openvino_gguf.free_memory", lambda: FreeMemory("CPU", memory)
    )
    monkeypatch.setattr("tutelage.models.engine_pool.openvino_installed", lambda: True)
    monkeypatch.setattr("tutelage.models.engine_pool.has_gpu", lambda: False)
    assert openvino_refuses(model(file, "auto")) == why
    assert choose_engine(model(file, "auto")) == ("transformers" if why else "openvino")
    if why:
        with pytest.raises(ModelReferenceError, match="`engine: transformers` runs it"):
            choose_engine(model(file, "openvino"))


def test_a_file_that_openvino_opens_for_none_is_for_transformers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file, opener = written(tmp_path / "a.gguf", "Q8_0"), "tutelage.models.engines.openvino_open"

    def refuse(*_: object) -> None:
        raise IndexError("unordered_map::at")

    monkeypatch.setattr(f"{opener}.widened", refuse)
    monkeypatch.setattr(f"{opener}.Transformers", lambda model: f"transformers: {model.name}")
    assert str(open_openvino(model(file, "auto"))) == "transformers: teacher"
    assert "unordered_map::at" in caplog.text
    with pytest.raises(TerminalError, match="cannot be opened by OpenVINO"):
        open_openvino(model(file, "openvino"))
