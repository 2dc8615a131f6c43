"""llama.cpp over a GGUF file that was exported here: answers as the checkpoint's, from the file."""

from pathlib import Path

import pytest
from tutelage.contract.plain_inputs import make_model
from tutelage.core.errors import ModelReferenceError
from tutelage.models.chat import Request, Sampling
from tutelage.models.engine_pool import open_engine
from tutelage.sharing.gguf_export import export_gguf

from tests.models.tiny import write_checkpoint

pytest.importorskip("cyllama", reason="the extra `llama` is not installed")


def test_it_answers_from_the_file_as_transformers_does_from_the_checkpoint(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(tmp_path / "tiny")
    (file,) = export_gguf(checkpoint, tmp_path / "m.gguf", "F32")
    asked = [
        Request(str(n), ({"role": "user", "content": text},), Sampling(12))
        for n, text in enumerate(("Hello there", "What is it?", "Grüße 你好"))
    ]
    found = {}
    for name, reference in (("transformers", str(checkpoint)), ("llama_cpp", str(file))):
        engine = open_engine(make_model({"ref": reference, "engine": name}, name))
        answers = {one.request.id: one for one in engine.complete(asked)}
        engine.close()
        found[name] = [(answers[str(n)].text, answers[str(n)].usage.input_tokens) for n in range(3)]
    assert found["llama_cpp"] == found["transformers"]


def test_stops_and_limits_hold(tmp_path: Path) -> None:
    (file,) = export_gguf(write_checkpoint(tmp_path / "tiny"), tmp_path / "m.gguf", "F32")
    engine = open_engine(make_model({"ref": str(file), "engine": "llama_cpp"}, "m"))
    turns = ({"role": "user", "content": "Hello there"},)
    (plain,) = engine.complete([Request("1", turns, Sampling(8))])  # type: ignore[arg-type]
    middle = plain.text[3:5]
    (cut,) = engine.complete([Request("2", turns, Sampling(8, stop=(middle,)))])  # type: ignore[arg-type]
    (drawn,) = engine.complete([Request("3", turns, Sampling(8, 1.0, seed=3))])  # type: ignore[arg-type]
    (again,) = engine.complete([Request("4", turns, Sampling(8, 1.0, seed=3))])  # type: ignore[arg-type]
    long = ({"role": "user", "content": "word " * 20000},)
    (failed,) = engine.complete([Request("5", long, Sampling(8))])  # type: ignore[arg-type]
    engine.close()
    assert cut.text == plain.text[: plain.text.find(middle)]
    assert plain.finish_reason in ("length", "stop")
    assert plain.usage.output_tokens <= 8
    assert drawn.text == again.text
    assert (failed.finish_reason, (failed.error or "")[:8]) == ("failed", "rejected")


def test_only_gguf_files_are_its(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(tmp_path / "tiny")
    with pytest.raises(ModelReferenceError, match="runs GGUF files"):
        make_model({"ref": str(checkpoint), "engine": "llama_cpp"}, "m")
