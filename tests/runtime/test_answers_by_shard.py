"""Answers and verdicts of more rows than one shard: the same bytes as of all rows held at once."""

import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from tutelage.accounting import ledger
from tutelage.contract.context import Silent
from tutelage.core import row_shards
from tutelage.core.errors import StageError
from tutelage.core.row_shards import shard_files
from tutelage.core.store import Store
from tutelage.models.engines.scripted import docile
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run
from tutelage.stages import Instructions, Judge, Responses
from tutelage.testing.loopback import Loopback, Reply, chat_reply, failed

from tests.trees import harbour

RECIPE = """
taxonomy: tree
models: {teacher: "URL#tiny"}
stages:
  asked: {use: read, file: rows.jsonl}
  instructions: {questions_per_passage: 20, per_sample: 4, max_failed: 0.9}
  responses: {rows: asked, model: teacher, max_failed: 0.9}
  reasoned: {use: responses, rows: asked, model: teacher, max_failed: 0.9, reasoning: true,
    samples: 3, temperature: 0.8, keep: shortest, rationalise: true}
  judged: {use: judge, rows: responses, judge: teacher, rubrics: [pair, relevant], max_failed: 0.9}
"""


def varied(body: dict[str, Any]) -> Reply:
    """Answers that differ, some of them useless; grades of every kind."""
    if "messages" not in body:
        return failed(404, "no list of models")
    text = str(body["messages"][-1]["content"])
    draw = zlib.crc32(text.encode())
    if grades := re.findall(r"^(\d+) = ", text, re.MULTILINE):
        return chat_reply(f"So it is.\nGrade: {grades[draw % len(grades)]}")
    if draw % 9 == 0:
        return chat_reply("")
    if "step by step" in text:
        right = (re.findall(r"What is (\d+)\?", text) or ["0"])[-1]
        seed = int(body.get("seed") or 0)
        return chat_reply(f"Wait, let me see.\nAnswer: {right if seed % 3 else 'none'}")
    return chat_reply(f"{docile(tuple(body['messages']), 1)} Of it {draw % 1000}.")


def rows() -> list[dict[str, Any]]:
    """Questions of two leaves; every seventh row is a statement that needs no answer."""
    found = []
    for n in range(170):
        row: dict[str, Any] = {
            "id": f"r{n}",
            "leaf": "knowledge/harbour",
            "prompt": f"What is {n}?",
            "answer": str(n),
        }
        row |= {"context": f"It is {n}."}
        if n % 7 == 3:
            row |= {"completion": f"It is {n}.", "answer_form": "statement"}
        found.append(row)
    return found


def made(place: Path, url: str) -> dict[str, Any]:
    """By stage: its key, digest and funnel, the bytes of its rows, what its answers cost."""
    place.mkdir()
    harbour(place / "tree")
    (place / "rows.jsonl").write_text("\n".join(map(json.dumps, rows())), encoding="utf-8")
    (place / "mine.yaml").write_text(RECIPE.replace("URL", url), encoding="utf-8")
    run = Run(load_recipe(place / "mine.yaml"), place / "run", Store(place / "store"), Silent())
    run.execute()
    found: dict[str, Any] = {}
    for name, one in run.made.items():
        files = [f for s in ("kept", "rejected") for f in shard_files(one.folder, s)]
        calls = ledger.load_calls(one.folder / ledger.CALLS)
        told = {key: one.manifest[key] for key in ("key", "digest", "funnel")}
        bytes_ = [file.read_bytes() for file in files]
        found[name] = (told, bytes_, sorted(call.key for call in calls))
        stats = one.folder / "stats.json"
        assert not stats.exists() or name in ("judged", "reasoned")
        found[f"{name}: stats"] = stats.exists() and json.loads(stats.read_text())
    return found


def test_answers_and_verdicts_by_shard_are_those_of_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 20)
    monkeypatch.setattr(ledger, "_HELD", 7)
    with Loopback(varied) as server:
        by_shard = made(tmp_path / "by_shard", server.url)
        assert by_shard["reasoned: stats"]["reasoning"]["prompts"] == len(rows())
        for stage in (Instructions, Judge, Responses):
            monkeypatch.setattr(stage, "run_on_shards", lambda *_: None)
        assert made(tmp_path / "held", server.url) == by_shard
    for name in ("judged", "reasoned", "instructions"):
        folder = tmp_path / "by_shard" / "run" / name
        assert len([*folder.glob("kept/*")]) > 1
        assert name == "instructions" or len([*folder.glob("rejected/*")]) > 1


def test_too_many_failures_end_a_stage_that_works_by_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_shards, "SHARD_ROWS", 20)
    monkeypatch.setattr(f"{__name__}.RECIPE", RECIPE.replace(", max_failed: 0.9", ""))

    def often_rejected(body: dict[str, Any]) -> Reply:
        often = zlib.crc32(str(body).encode()) % 3 == 0
        return failed(400, "not this one") if often else varied(body)

    with (
        Loopback(often_rejected) as server,
        pytest.raises(StageError, match="more than max_failed"),
    ):
        made(tmp_path / "failing", server.url)
