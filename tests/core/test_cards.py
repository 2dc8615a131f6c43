"""Cards: the hub's own classes read their facts; what is unknown is not claimed."""

from dataclasses import replace
from typing import Any

from huggingface_hub import DatasetCard, ModelCard
from tutelage.core.cards.card import Maker, front_matter
from tutelage.core.cards.dataset_card import DatasetFacts, dataset_card
from tutelage.core.cards.model_card import ModelFacts, merged_card, model_card

HOSTILE = "a|b`c`<script>"


def _line(model: str, leaf: str, score: float) -> dict[str, Any]:
    around = {"low": score - 0.1, "high": score + 0.1, "metric": "right", "kind": "knowledge"}
    return {"model": model, "leaf": leaf, "n": 20, "score": score} | around


def _model(**changed: Any) -> str:
    facts = ModelFacts(
        name="sft",
        method="sft",
        base=Maker("base model", "org/small", "apache-2.0"),
        rows={"knowledge/a": 12},
        settings={"epochs": 3.0, "adapter": None},
        makers=[Maker("teacher", "http://host/v1#big")],
        scores=[_line(m, leaf, s) for m, s in (("base", 0.2), ("sft", 0.8)) for leaf in ("a", "*")],
        costs=[("one accepted demonstration", "$0.01")],
        recipe="mine",
        seed=1,
        command="tutelage run mine.yaml",
        versions={"trl": "1.16.0"},
    )
    return model_card(replace(facts, **changed))


def test_the_hub_reads_a_model_card() -> None:
    data = ModelCard(_model(base_on_hub="org/small")).data
    assert data["license"] == "apache-2.0"
    assert (data["base_model"], data["library_name"]) == ("org/small", "transformers")
    (over_all,) = [r for r in data["eval_results"] if "all leaves" in r.dataset_name]
    assert (over_all.metric_type, over_all.metric_value) == ("accuracy", 0.8)


def test_a_model_card_says_what_made_the_model_and_how_well_it_does() -> None:
    text = _model()
    for part in (
        "| knowledge/a | 12 |",
        "| all | 20 | 20.0% (10–30) | 80.0% (70–90) |",
        "teacher `http://host/v1#big`: unknown",
        "    tutelage run mine.yaml",
        "| epochs | 3.0 |",
        "one accepted demonstration | $0.01",
        "trl 1.16.0",
    ):
        assert part in text


def test_an_unknown_licence_stays_unknown() -> None:
    text = _model(base=Maker("base model", "./folder"))
    assert "license" not in front_matter(text)
    assert "base model `./folder`: unknown" in text


def test_an_adapter_says_so_until_it_is_merged() -> None:
    text = _model(adapter=True)
    assert front_matter(text)["library_name"] == "peft"
    merged = merged_card(text)
    assert front_matter(merged)["library_name"] == "transformers"
    assert "Merged from an adapter for `org/small`" in merged


def test_the_hub_reads_a_dataset_card() -> None:
    counts = {"knowledge/a": {"kept": 1500, "rejected": {"unfaithful": 3, "repeated": 4}}}
    files = {"kept": "kept.parquet", "rejected": "rejected.parquet"}
    text = dataset_card(DatasetFacts(name="Rows", files=files, counts=counts))
    data = DatasetCard(text).data
    assert data["size_categories"] == ["1K<n<10K"]
    assert data["configs"][0] == {
        "config_name": "kept",
        "data_files": "kept.parquet",
        "default": True,
    }
    assert "| knowledge/a | 1500 | 7 |" in text


def test_names_that_a_user_gave_stay_text() -> None:
    counts = {HOSTILE: {"kept": 1, "rejected": {}}}
    makers = [Maker(HOSTILE, HOSTILE, HOSTILE)]
    facts = DatasetFacts(name=HOSTILE, files={}, counts=counts, makers=makers)
    for text in (dataset_card(facts), _model(base=makers[0], rows={HOSTILE: 1})):
        body = text.split("\n---\n", 1)[1]
        assert "<script>" not in body.replace("`a|b'c'<script>`", "").replace(r"\<", "")
        assert "license" not in front_matter(text)


def test_rows_and_models_of_unknown_origin_are_not_called_synthetic() -> None:
    makers = [Maker("model", "http://host/v1#big")]
    rows = DatasetFacts(name="Rows", files={}, counts={}, makers=makers)
    for known, unknown in (
        (dataset_card(rows), dataset_card(replace(rows, makers=[]))),
        (_model(), _model(makers=[])),
    ):
        assert "ynthetic" in known
        assert "ynthetic" not in unknown


def test_text_without_facts_has_none() -> None:
    assert front_matter("# Title\n---\na: 1\n---\n") == {}
    assert front_matter("---\na: [\n---\n") == {}


def test_the_hub_is_told_which_metric_it_is() -> None:
    told = {}
    for metric in ("right", "token_f1", "win_rate"):
        lines = [_line("sft", "*", 0.8) | {"metric": metric}]
        (found,) = ModelCard(_model(scores=lines)).data["eval_results"]
        told[metric] = found.metric_type
    assert told == {"right": "accuracy", "token_f1": "f1", "win_rate": "win_rate"}
