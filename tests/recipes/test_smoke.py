"""The whole line as a user runs it: once, again (all hits, nothing spent), and killed half-way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.two_nodes import two_nodes

ROOT = Path(__file__).parents[2]
ROW_STAGES = ("instructions", "asked", "responses", "accepted")
STAGES = (*ROW_STAGES, "sft", "attempts", "pairs", "dpo", "evaluate")


def command(out: Path, *more: str) -> list[str]:
    words = ["run", "recipes/smoke.yaml", "--out", str(out), *more]
    return [sys.executable, "-m", "tutelage.cli", *words]


def run(out: Path, *more: str) -> str:
    result = subprocess.run(
        command(out, *more), cwd=ROOT, capture_output=True, text=True, timeout=280
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("smoke") / "run"
    printed = run(out)
    assert str(out / "report.html") in printed.replace("\n", "")
    return out


def test_report_has_schema_1(finished: Path) -> None:
    report = read(finished / "report.json")
    assert report["schema"] == 1
    assert {line["model"] for line in report["outcome"]} == {"student", "sft", "dpo"}
    assert {line["leaf"] for line in report["outcome"]} > {"*", "knowledge/harbour"}
    for line in report["outcome"]:
        assert line["low"] <= line["score"] <= line["high"]
    for line in report["funnel"]:
        assert line["rows_in"] == line["kept"] + sum(line["rejected"].values())
    kinds = {entry["kind"]: entry for entry in report["cost"]["per_accepted"]}
    assert kinds["demonstration"]["n"] > 0
    assert report["cost"]["usd_spent_now"] > 0
    assert all(entry["source"] for entry in report["cost"]["baselines"])


def test_page_stands_alone(finished: Path) -> None:
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert "<script src" not in page
    assert 'href="http' not in page.partition("</head>")[0]


def test_checkpoint_opens_in_plain_transformers(finished: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = (finished / "dpo").resolve()
    assert AutoTokenizer.from_pretrained(folder).chat_template
    assert AutoModelForCausalLM.from_pretrained(folder).num_parameters() > 0
    assert not list(folder.glob("*.bin"))  # safetensors only, never pickle


def test_second_run_is_all_hits(finished: Path) -> None:
    before = read(finished / "report.json")
    run(finished)
    facts, after = read(finished / "run.json"), read(finished / "report.json")
    assert all(stage["hit"] for stage in facts["stages"])
    assert facts["spent"] == []
    assert after["cost"]["usd_spent_now"] == 0
    assert after["cost"]["usd"] == before["cost"]["usd"]
    assert after["outcome"] == before["outcome"]


def test_killed_half_way_ends_the_same(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    child = subprocess.Popen(
        command(out), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for_training(out, child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    run(out)
    hits = {stage["name"]: stage["hit"] for stage in read(out / "run.json")["stages"]}
    assert all(hits[name] for name in ROW_STAGES)  # finished before the kill, not done again
    assert_same(finished, out)


def test_a_cluster_of_two_nodes_ends_the_same(finished: Path, tmp_path: Path) -> None:
    with two_nodes() as address:
        run(tmp_path / "run", "--on", f"ray:{address}")
    assert_same(finished, tmp_path / "run")


def assert_same(one: Path, other: Path) -> None:
    for name in STAGES:
        first, second = (read(place / name / "manifest.json") for place in (one, other))
        assert first["digest"] == second["digest"], name
        assert first["key"] == second["key"], name


def wait_for_training(out: Path, child: "subprocess.Popen[bytes]") -> None:
    """Return once the first training step is logged."""
    end = time.monotonic() + 200
    while time.monotonic() < end:
        assert child.poll() is None, "ended before it could be killed"
        logs = list((out / ".store" / ".partial").glob("*/log.jsonl"))
        if any('"step"' in log.read_text(encoding="utf-8") for log in logs):
            return
        time.sleep(0.05)
    raise AssertionError("training did not begin")
