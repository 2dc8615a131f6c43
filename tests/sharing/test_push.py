"""Uploading a run: what goes out, what stays here, and the token that is shown nowhere."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard, ModelCard
from tutelage.contract.context import Progress, Silent
from tutelage.core.artifacts import Rows
from tutelage.core.cards.card import front_matter
from tutelage.core.errors import InputError
from tutelage.core.store import link
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.write_report import write_report
from tutelage.sharing.parcel import Parcel, pack
from tutelage.sharing.push import push

from tests.hub import Hub, serve
from tests.report.handmade import HandMade, rows, said, scores, use
from tests.trees import write

ROOT = Path(__file__).parents[2]
TOKEN = "hf_" + "t0kEn" * 7
OURS = ("manifest.json", "ledger.jsonl", "calls.jsonl", "log.jsonl", "worker.log", "journal.sqlite")


@pytest.fixture
def run(tmp_path: Path) -> HandMade:
    """A run that was trained and scored; its checkpoint holds all that a trainer leaves."""
    run = HandMade(tmp_path / "run")
    run.facts["models"]["student"] = {"ref": "org/small", "identity": "0"}
    run.stage("answers", Rows(rows("answer", 4, completion=said("so"))), {}, [use("answers")])
    given = {"rows": [{"stage": "answers"}], "student": [{"model": "student"}]}
    folder = run.stage("sft", None, given, [])
    (folder / "model.safetensors").write_bytes(b"weights" * 1000)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", *OURS):
        (folder / name).touch()
    (folder / "manifest.json").write_text(json.dumps({"kind": "checkpoint", "inputs": given}))
    results = {"student": ([0] * 8, [0] * 8), "sft": ([1] * 8, [1] * 6 + [0] * 2)}
    models = [{"model": "student"}, {"stage": "sft"}]
    run.stage("evaluate", scores(results), {"models": models}, [])
    return run


@pytest.fixture
def hub() -> Iterator[Hub]:
    """The stand-in."""
    with serve() as hub:
        yield hub


def packed(run: HandMade, **how: Any) -> dict[str, Parcel]:
    """The parcels of a run by their kind."""
    report = write_report(run.path)
    found = pack(RunFolder.load(run.path), report, how.get("only"), run.path, Silent())
    return {parcel.kind: parcel for parcel in found}


def command(run: HandMade, hub: Hub, *more: str) -> "subprocess.CompletedProcess[str]":
    """The command as a user types it, with that hub as the hub."""
    environment = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": TOKEN,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "COLUMNS": "300",
    }
    line = [sys.executable, "-m", "tutelage.cli", "push", str(run.path), "--to", "org/mine", *more]
    return subprocess.run(
        line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_data_model_and_report_arrive(run: HandMade, hub: Hub) -> None:
    ended = command(run, hub, "--private")
    assert ended.returncode == 0, ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert hub.private == {"datasets/org/mine": True, "models/org/mine": True}
    model = ModelCard(hub.files["models/org/mine/README.md"].decode()).data
    assert model["base_model"] == "org/small"
    assert {result.metric_value for result in model["eval_results"]} == {1.0, 0.75, 0.875}
    data = DatasetCard(hub.files["datasets/org/mine/README.md"].decode()).data
    assert data["configs"][0]["data_files"] == "data/answers/*.parquet"
    table = pq.read_table(io.BytesIO(hub.files["datasets/org/mine/data/answers/00000.parquet"]))
    assert table.num_rows == 4
    assert hub.files["models/org/mine/model.safetensors"] == b"weights" * 1000
    page = (run.path / "report.html").read_bytes()
    assert hub.files["models/org/mine/report/report.html"] == page
    assert not [name for name in hub.files if name.endswith(OURS)]


@pytest.mark.slow
def test_a_refusal_is_one_line_without_the_token(run: HandMade, hub: Hub) -> None:
    hub.refuse = True
    ended = command(run, hub, "--only", "report")
    assert ended.returncode == 1
    assert "may not write" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("only", "kind", "some"),
    [
        ("data", "dataset", "data/answers/00000.parquet"),
        ("model", "model", "model.safetensors"),
        ("report", "model", "report/report.html"),
    ],
)
def test_one_part_goes_alone(run: HandMade, only: str, kind: str, some: str) -> None:
    parcels = packed(run, only=only)
    assert list(parcels) == [kind]
    assert some in parcels[kind].files
    assert ("report/report.html" in parcels[kind].files) == (only == "report")


@pytest.mark.parametrize("only", [None, "report"])
def test_where_nothing_was_trained_the_report_goes_to_the_data(
    tmp_path: Path, only: str | None
) -> None:
    scored = HandMade(tmp_path / "scored")
    results = {"base": ([0] * 8, [0] * 8), "other": ([1] * 8, [1] * 8)}
    models = [{"model": "base"}, {"model": "other"}]
    scored.stage("evaluate", scores(results), {"models": models}, [])
    parcels = packed(scored, only=only)
    assert list(parcels) == ["dataset"]
    assert set(parcels["dataset"].files) == {
        f"report/report.{end}" for end in ("html", "md", "json")
    }
    with pytest.raises(InputError, match="holds no model to push"):
        packed(scored, only="model")


def test_nothing_of_a_journal_or_ledger_is_packed(run: HandMade) -> None:
    names = {name for parcel in packed(run).values() for name in parcel.files}
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= names
    assert not names & set(OURS)


def test_each_run_that_shares_a_model_has_its_own_card(run: HandMade, tmp_path: Path) -> None:
    other = HandMade(tmp_path / "other")
    other.facts |= run.facts | {"authoring": {"hours": 7, "usd_per_hour": 100}}
    other.stages, other.spent = run.stages, run.spent
    other.write()
    for stage in ("answers", "sft", "evaluate"):
        link(run.path / stage, other.path / stage)
    cards = [packed(one)["model"].files["README.md"] for one in (run, other)]
    first, second = (str(card.read_text()) for card in cards if isinstance(card, Path))
    assert ("$50" in first, "$700" in first) == (True, False)
    assert ("$50" in second, "$700" in second) == (False, True)
    assert not (run.path / "sft" / "README.md").exists()  # the store's folder is left as it was


def test_an_adapter_names_its_base_on_the_hub(run: HandMade) -> None:
    file = run.path / "sft" / "adapter_config.json"
    file.write_text(json.dumps({"base_model_name_or_path": "/somewhere/.store/ab", "r": 8}))
    sent = packed(run, only="model")["model"].files
    assert isinstance(sent["adapter_config.json"], bytes)
    settings = json.loads(sent["adapter_config.json"])
    assert settings == {"base_model_name_or_path": "org/small", "r": 8}
    card = sent["README.md"]
    assert isinstance(card, Path)
    assert front_matter(card.read_text())["library_name"] == "peft"


def test_an_adapter_whose_base_is_here_alone_goes_merged(
    run: HandMade, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merge(checkpoint: Path, out: Path, progress: Progress) -> None:
        write(out / "config.json", checkpoint.name)
        write(out / "job.json", "{}")

    monkeypatch.setattr("tutelage.sharing.parcel.merge", merge)
    run.facts["models"] = {}
    run.write()
    (run.path / "sft" / "adapter_config.json").write_text("{}")
    sent = packed(run, only="model")["model"].files
    assert {name: Path(str(file)).read_text() for name, file in sent.items()} == {
        "config.json": "sft"
    }


def test_what_looks_like_a_secret_stays_here(run: HandMade) -> None:
    leaked = rows("leak", 2, completion=said(f"My token is {TOKEN}"))
    run.stage("more", Rows(leaked), {}, [])
    run.stage("dpo", None, {"rows": [{"stage": "more"}]}, [])
    with pytest.raises(InputError, match=r"row leak:0 holds what looks like a Hugging Face") as no:
        packed(run)
    assert TOKEN not in str(no.value)


@pytest.mark.parametrize(
    ("to", "token", "said"),
    [("mine", TOKEN, "organisation/name"), ("org/mine", "", "set HF_TOKEN")],
)
def test_bad_input_is_told_before_anything_is_sent(
    run: HandMade, monkeypatch: pytest.MonkeyPatch, to: str, token: str, said: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(InputError, match=said):
        push(run.path, to, None, Silent(), private=False)


def test_a_run_without_a_model_has_none_to_push(tmp_path: Path) -> None:
    run = HandMade(tmp_path / "run")
    run.stage("answers", Rows(rows("answer", 2, completion=said("so"))), {}, [])
    with pytest.raises(InputError, match="holds no model to push"):
        packed(run, only="model")
    assert list(packed(run)) == ["dataset"]
