"""Blind pairs in the review, what counts as blind, and decisions for other tools."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import InputError
from tutelage.core.labels import LABELS, read_labels
from tutelage.sharing.export_labels import export_labels
from tutelage.web.after_review import after_review
from tutelage.web.review_api import Review
from tutelage.web.review_queue import BLIND
from tutelage.web.server import errors_as_json

from tests.label_files import decide
from tests.report.handmade import HandMade, said, use

Client = TestClient[web.Request, web.Application]
Made = Callable[[Client, list[Row]], Awaitable[None]]
WORDS = [{"by": "grounded", "keep": True, "reason": None}]


def _made(folder: Path, count: int, *, pairs: bool) -> list[Row]:
    answers: dict[str, Any] = {"completion": said("It is 25.")}
    if pairs:
        answers = {"chosen": said("good"), "rejected": said("bad")}
    rows: list[Row] = [
        {
            "id": f"r{n}",
            "leaf": "knowledge/a",
            "parents": [],
            "prompt": [{"role": "user", "content": f"What is {n}?"}],
            "verdicts": WORDS,
        }
        | answers
        for n in range(count)
    ]
    HandMade(folder).stage("made", Rows(rows), {}, [use("made")])
    return rows


def _talk(folder: Path, talk: Callable[[Client], Awaitable[None]]) -> None:
    async def whole() -> None:
        app = web.Application(middlewares=[errors_as_json])
        from tutelage.provenance.run_folder import RunFolder

        app.add_routes(Review(RunFolder.load(folder)).routes())
        async with TestClient(TestServer(app)) as client:
            await talk(client)

    asyncio.run(whole())


async def _get(client: Client, path: str) -> Any:
    return await (await client.get(path)).json()


def test_a_pair_is_shown_shuffled_and_without_what_the_run_chose(tmp_path: Path) -> None:
    _made(tmp_path, 30, pairs=True)

    async def talk(client: Client) -> None:
        rows = (await _get(client, "/api/rows"))["rows"]
        assert {row["answer"] for row in rows} == {""}
        lefts = []
        for n in range(30):
            row = await _get(client, f"/api/row?id=r{n}")
            assert not {"chosen", "rejected", "run_chose", "verdicts", "reason"} & set(row)
            lefts.append(row["left"])
        assert set(lefts) == {"good", "bad"}  # chosen is not always on one side
        for n, left in enumerate(lefts[:2]):
            vote = {"row": f"r{n}", "verdict": "left", "seconds": 3}
            assert (await client.post("/api/label", json=vote)).status == 200
            row = await _get(client, f"/api/row?id=r{n}")
            assert row["run_chose"] == ("left" if left == "good" else "right")
        wrong = await client.post("/api/label", json={"row": "r2", "verdict": "accept"})
        assert "left, right or tie" in (await wrong.json())["error"]
        for label, left in zip(read_labels(tmp_path / LABELS), lefts, strict=False):
            other = "bad" if left == "good" else "good"
            assert (label.chosen, label.rejected, label.blind) == (left, other, True)
            assert label.prompt == [{"role": "user", "content": f"What is {label.row[1:]}?"}]

    _talk(tmp_path, talk)


async def _decide(client: Client, name: str, verdict: str = "accept", **more: Any) -> None:
    sent = {"row": name, "verdict": verdict, "blind": True} | more
    assert (await client.post("/api/label", json=sent)).status == 200


async def _drawn_and_others(client: Client) -> tuple[list[str], list[str]]:
    rows = [*(await _get(client, "/api/rows"))["rows"]]
    rows += (await _get(client, "/api/rows?page=1"))["rows"]
    drawn = [row["id"] for row in rows if row["state"] == ""]
    return drawn, [row["id"] for row in rows if row["state"] == "kept"]


def _blind(folder: Path) -> dict[str, bool]:
    return {label.row: label.blind for label in read_labels(folder / LABELS)}


def test_only_a_row_drawn_at_random_is_decided_blindly(tmp_path: Path) -> None:
    _made(tmp_path, BLIND + 30, pairs=False)

    async def talk(client: Client) -> None:
        drawn, others = await _drawn_and_others(client)
        assert (len(drawn), len(others)) == (BLIND, 30)
        for name in (drawn[0], others[0]):
            shown = await _get(client, f"/api/row?id={name}")
            assert shown["blind"] == ("verdicts" not in shown) == (name == drawn[0])
            history = await client.get(f"/api/history?id={name}")
            assert (history.status == 400) == (name == drawn[0])
            await _decide(client, name)
        assert _blind(tmp_path) == {drawn[0]: True, others[0]: False}

    _talk(tmp_path, talk)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_row_whose_verdicts_were_seen_is_not_blind_any_more(
    tmp_path: Path, *, restarted: bool
) -> None:
    _made(tmp_path, BLIND + 30, pairs=False)
    names: list[str] = []

    async def first(client: Client) -> None:
        drawn, _ = await _drawn_and_others(client)
        names.extend(drawn[:3])
        for name in names:
            await _decide(client, name)
        for name in names[:2]:
            assert "verdicts" in await _get(client, f"/api/row?id={name}")
        if not restarted:
            await then(client)

    async def then(client: Client) -> None:
        await _decide(client, names[0], "reject")  # swayed by what was seen
        await _decide(client, names[1], note="the wording only")  # still the decision before
        undone = await (await client.post("/api/undo", json={})).json()
        assert undone["row"] == names[1]
        await client.post("/api/undo", json={})
        assert _blind(tmp_path) == {names[1]: True, names[2]: True, names[0]: True}
        await _decide(client, names[0], "reject")
        await _decide(client, names[2], "reject")  # its verdicts were never shown
        assert _blind(tmp_path) == {names[0]: False, names[1]: True, names[2]: True}

    _talk(tmp_path, first)
    if restarted:
        _talk(tmp_path, then)


def test_a_list_by_state_or_reason_does_not_tell_of_rows_to_be_decided_blindly(
    tmp_path: Path,
) -> None:
    _made(tmp_path, BLIND + 30, pairs=False)

    async def talk(client: Client) -> None:
        drawn, _ = await _drawn_and_others(client)
        listed = await _get(client, "/api/rows?state=kept")
        assert (listed["total"], listed["left_out"]) == (30, BLIND)
        await _decide(client, drawn[0])
        listed = await _get(client, "/api/rows?state=kept")
        assert (listed["total"], listed["left_out"]) == (31, BLIND - 1)

    _talk(tmp_path, talk)


def test_rows_of_a_run_that_cannot_be_written_to_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(tmp_path, BLIND + 1, pairs=False)

    def refuse(*_: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr("tutelage.web.decision_log.mark_shown", refuse)

    async def talk(client: Client) -> None:
        _, (other,) = await _drawn_and_others(client)
        assert (await _get(client, f"/api/row?id={other}"))["verdicts"] == WORDS

    _talk(tmp_path, talk)


def test_two_servers_of_a_run_see_each_others_decisions(tmp_path: Path) -> None:
    rows = _made(tmp_path, 3, pairs=False)

    async def talk(client: Client) -> None:
        decide(tmp_path, rows[0], "reject")
        assert (await _get(client, "/api/rows"))["rows"][0]["verdict"] == "reject"
        await _decide(client, "r1")
        assert (await _get(client, "/api/review"))["labelled"] == 2

    _talk(tmp_path, talk)


@pytest.mark.parametrize(
    "body", [b"no json", b"[1]", b'{"row": "r1", "verdict": "accept", "seconds": "x"}']
)
def test_what_is_no_request_is_refused(tmp_path: Path, body: bytes) -> None:
    _made(tmp_path, 3, pairs=False)

    async def talk(client: Client) -> None:
        assert (await client.post("/api/label", data=body)).status == 400

    _talk(tmp_path, talk)


def test_decisions_are_written_for_other_tools(tmp_path: Path) -> None:
    (row,) = _made(tmp_path / "run", 1, pairs=False)
    decide(tmp_path / "run", row, "edit", edit="26", grade=4)
    assert export_labels(tmp_path / "run", "jsonl", tmp_path / "out.jsonl") == 1
    (line,) = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["edit"] == "26"
    export_labels(tmp_path / "run", "argilla", tmp_path / "out")
    (record,) = json.loads((tmp_path / "out" / "records.json").read_text(encoding="utf-8"))
    settings = json.loads((tmp_path / "out/.argilla/settings.json").read_text(encoding="utf-8"))
    fields, asked = ({one["name"] for one in settings[k]} for k in ("fields", "questions"))
    assert set(record["fields"]) <= fields
    assert set(record["suggestions"]) <= asked
    assert record["suggestions"]["verdict"] == {"value": "edit", "agent": "ana", "type": "human"}
    with pytest.raises(InputError, match="exists already"):
        export_labels(tmp_path / "run", "argilla", tmp_path / "out")
    with pytest.raises(InputError, match="no decisions there"):
        export_labels(tmp_path, "jsonl", tmp_path / "none.jsonl")


def test_after_a_review_the_report_says_what_was_decided(tmp_path: Path) -> None:
    rows = _made(tmp_path, 6, pairs=False)
    for row in rows:
        decide(tmp_path, row, "reject")
    assert "6 decisions" in after_review(tmp_path)[0]
    (tmp_path / "report.json").write_text("{}")
    assert "report.html says what was decided" in after_review(tmp_path)[1]
    assert "6 rejected" in (tmp_path / "report.html").read_text(encoding="utf-8")
