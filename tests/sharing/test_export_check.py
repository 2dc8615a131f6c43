"""An exported file is asked the held-out questions, beside its checkpoint."""

import json
from pathlib import Path

import pytest
from tutelage.contract.context import Silent
from tutelage.contract.plain_inputs import make_model
from tutelage.core.errors import InputError
from tutelage.report.exports_section import EXPORTS
from tutelage.sharing.export_check import check_export
from tutelage.sharing.gguf_export import export_gguf
from tutelage.taxonomy.leaf import Taxonomy

from tests.models.tiny import write_checkpoint


@pytest.fixture
def run(tmp_path: Path, taxonomy: Taxonomy) -> Path:
    """A run whose stage `sft` is a tiny checkpoint."""
    (tmp_path / "run").mkdir()
    write_checkpoint(tmp_path / "made").rename(tmp_path / "run" / "sft")
    about = {"folder": str(taxonomy.folder), "from_run": "../taxonomy"}
    facts = {"recipe": "mine", "stages": [], "models": {}, "taxonomy": about}
    (tmp_path / "run" / "run.json").write_text(json.dumps(facts))
    return tmp_path / "run"


def test_a_whole_file_answers_as_its_checkpoint(run: Path, tmp_path: Path) -> None:
    (file,) = export_gguf(run / "sft", tmp_path / "m.gguf", "F32")
    line = check_export(run / "sft", file, "transformers", Silent())
    assert line["n"] > 0
    assert (line["difference"], line["same_answers"]) == (0.0, line["n"])
    assert (line["kind"], line["engine"], line["checkpoint"]) == (
        "F32",
        "transformers",
        "asked now",
    )
    (kept,) = json.loads((run / EXPORTS).read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(line))


def test_without_questions_there_is_nothing_to_check(run: Path, tmp_path: Path) -> None:
    facts = json.loads((run / "run.json").read_text(encoding="utf-8"))
    (run / "run.json").write_text(json.dumps(facts | {"taxonomy": None}))
    with pytest.raises(InputError, match="no taxonomy"):
        check_export(run / "sft", tmp_path / "m.gguf", None, Silent())


def test_price_of_an_endpoint_stands_per_million() -> None:
    price = {"input": "0.5", "output": "2"}
    model = make_model({"ref": "http://127.0.0.1:1/v1#m", "price": price}, "m")
    assert model.usd_per_million == {"input": 0.5, "output": 2.0}
    assert make_model({"ref": "scripted:"}, "s").usd_per_million is None
