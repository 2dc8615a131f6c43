"""The review page's server: rows by page, decisions on disk, nobody else let in."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tutelage.cli.app import app
from tutelage.core.artifacts import Row, Rows
from tutelage.core.labels import LABELS, read_labels
from tutelage.provenance.run_folder import RunFolder
from tutelage.web import drafts_api, pages
from tutelage.web.review_api import Review
from tutelage.web.review_queue import BLIND
from tutelage.web.row_index import RowIndex, Wanted
from tutelage.web.server import PageGuard, errors_as_json
from typer.testing import CliRunner


def _row(number: int, **more: Any) -> Row:
    return {
        "id": f"r{number}",
        "leaf": "knowledge/harbour" if number % 2 else "knowledge/ferry",
        "parents": ["seed:1"],
        "prompt": [{"role": "user", "content": f"What is berth {number} called?"}],
        "completion": [{"role": "assistant", "content": "Nordkai" if number % 3 else "SÜDKAI"}],
        "verdicts": [{"by": "exact_duplicate", "keep": True, "reason": None}],
        **more,
    }


def _run(folder: Path, kept: int = 120, rejected: int = 6) -> RunFolder:
    dropped = [
        _row(1000 + n, reason="grounded: not in the passage", verdicts=_disputed())
        for n in range(rejected)
    ]
    rows = Rows([_row(n) for n in range(kept)], dropped)
    (folder / "accepted").mkdir()
    content = rows.save(folder / "accepted")
    manifest = {"stage": "accepted", "kind": "rows", "digest": content, "inputs": {}, "ledger": []}
    manifest |= {"funnel": {}, "use": "filter", "fields": {}}
    (folder / "accepted" / "manifest.json").write_text(json.dumps(manifest))
    facts = {"recipe": "mine", "stages": [{"name": "accepted"}], "models": {}}
    (folder / "run.json").write_text(json.dumps(facts))
    return RunFolder.load(folder)


def _disputed() -> list[dict[str, Any]]:
    return [
        {"by": "judge", "keep": True, "reason": None},
        {"by": "grounded", "keep": False, "reason": "not in the passage"},
    ]


Client = TestClient[web.Request, web.Application]


def _talk(folder: Path, talk: Callable[[Client], Awaitable[None]]) -> None:
    """Have a talk with the server of a run that is made in the folder."""

    async def whole() -> None:
        app = web.Application(middlewares=[errors_as_json])
        app.add_routes(Review(_run(folder)).routes())
        async with TestClient(TestServer(app)) as client:
            await talk(client)

    asyncio.run(whole())


async def _get(client: Client, path: str) -> Any:
    return await (await client.get(path)).json()


def test_an_index_finds_rows_by_leaf_state_reason_and_text(tmp_path: Path) -> None:
    _run(tmp_path)
    index = RowIndex(tmp_path / "accepted")
    assert len(index) == 126
    assert index.reasons == {"grounded": 6}
    assert len(index.find(Wanted(leaf="knowledge/harbour", state="kept"))) == 60
    assert len(index.find(Wanted(reason="grounded"))) == 6
    assert len(index.find(Wanted(text="südkai", state="kept"))) == 40
    assert [row["id"] for row in index.rows([125, 0, 119])] == ["r1005", "r0", "r119"]


def test_pages_follow_each_other(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        first, last = await _get(client, "/api/rows"), await _get(client, "/api/rows?page=2")
        assert (first["total"], len(first["rows"]), len(last["rows"])) == (126, 50, 26)
        assert last["rows"][-1]["state"] == "grounded"

    _talk(tmp_path, talk)


def test_a_decision_is_on_disk_before_it_is_answered(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        data = {"row": "r3", "verdict": "edit", "edit": "Nordkai 3", "grade": 5, "seconds": 4.2}
        answer = await (await client.post("/api/label", json=data)).json()
        (label,) = read_labels(tmp_path / LABELS)
        assert (label.id, label.edit, label.grade, label.seconds) == (
            answer["id"],
            "Nordkai 3",
            5,
            4.2,
        )
        undone = await (await client.post("/api/undo", json={})).json()
        assert (undone["row"], undone["labelled"]) == ("r3", 0)
        assert read_labels(tmp_path / LABELS) == []
        again = await client.post("/api/undo", json={})
        assert "nothing to undo" in (await again.json())["error"]

    _talk(tmp_path, talk)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"row": "r3", "verdict": "perhaps"}, "accept, reject or edit"),
        ({"row": "r3", "verdict": "edit", "edit": " "}, "needs the new answer"),
        ({"row": "r3", "verdict": "accept", "grade": 9}, "from 1 to 5"),
        ({"row": "nobody", "verdict": "accept"}, "no row 'nobody'"),
        ({"row": "r3", "verdict": "accept", "stage": "acepted"}, "did you mean 'accepted'"),
    ],
)
def test_what_is_no_decision_is_refused(tmp_path: Path, data: dict[str, Any], problem: str) -> None:
    async def talk(client: Client) -> None:
        answer = await client.post("/api/label", json=data)
        assert answer.status == 400
        assert problem in (await answer.json())["error"]
        assert not (tmp_path / LABELS).exists()

    _talk(tmp_path, talk)


def test_half_a_letter_in_a_note_costs_no_decision(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        said = '{"row": "r3", "verdict": "accept", "note": "\\ud83d \\u001b[2J"}'
        answer = await client.post("/api/label", data=said)
        assert answer.status == 200
        (label,) = read_labels(tmp_path / LABELS)
        assert label.note == "? \x1b[2J"
        (tmp_path / LABELS).write_text("{}\n")
        answer = await client.post("/api/label", json={"row": "r3", "verdict": "accept"})
        assert (answer.status, "delete the line" in (await answer.json())["error"]) == (400, True)

    _talk(tmp_path, talk)


def test_random_rows_come_first_and_blind_then_disputed_ones(tmp_path: Path) -> None:
    async def talk(client: Client) -> None:
        seen = []
        for _ in range(BLIND):
            found = await _get(client, "/api/next")
            row = await _get(client, f"/api/row?id={found['id']}")
            assert row["blind"]
            assert "verdicts" not in row
            assert "reason" not in row
            seen.append(found["id"])
            await client.post("/api/label", json={"row": found["id"], "verdict": "accept"})
        found = await _get(client, "/api/next")
        row = await _get(client, f"/api/row?id={found['id']}")
        assert len(set(seen)) == BLIND
        assert not row["blind"]
        assert {word["keep"] for word in row["verdicts"]} == {True, False}

    _talk(tmp_path, talk)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/?token={token}", 302),
        ({}, "/", 403),
        ({}, "/?token=wrong", 403),
        ({}, "/?token=%C3%BC", 403),
        ({"Cookie": "tutelage_1={token}"}, "/", 200),
        ({"Cookie": "tutelage_1={token}", "Host": "evil.example"}, "/", 403),
        ({"Cookie": "tutelage_1={token}", "Origin": "http://evil.example"}, "/", 403),
        ({"Cookie": "tutelage_1={token}", "Origin": "http://127.0.0.1:1"}, "/", 200),
    ],
)
def test_only_the_servers_own_page_is_let_in(
    headers: dict[str, str], path: str, status: int
) -> None:
    guard = PageGuard(1)

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application(middlewares=[guard.middleware])
    app.add_routes([web.get("/", hello)])
    sent = {"Host": "127.0.0.1:1"} | {k: v.format(token=guard.token) for k, v in headers.items()}

    async def ask() -> tuple[int, str]:
        async with TestClient(TestServer(app)) as client:
            asked = path.format(token=guard.token)
            answer = await client.get(asked, headers=sent, allow_redirects=False)
            return answer.status, answer.headers.get("Content-Security-Policy", "")

    found, policy = asyncio.run(ask())
    assert found == status
    assert status != 200 or "default-src 'none'" in policy


def test_a_name_of_a_taxonomy_and_a_run_is_the_one_in_which_something_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened: list[Path] = []

    def open_one(folder: Path, *_: object, **__: object) -> list[str]:
        opened.append(folder)
        return []

    monkeypatch.setattr(pages, "open_pages", open_one)
    monkeypatch.setattr(drafts_api, "serve_drafts", open_one)
    leaf = tmp_path / "kit" / "knowledge" / "a"
    leaf.mkdir(parents=True)
    (leaf / "qna.yaml").write_text(
        "eval_examples:\n  - {question: How?, answer: so, origin: drafted, written_by: m}\n"
    )
    (tmp_path / "runs" / "kit").mkdir(parents=True)
    (tmp_path / "runs" / "kit" / "run.json").write_text("{}")
    assert CliRunner().invoke(app, ["review", "kit"]).exit_code == 0
    assert CliRunner().invoke(app, ["review", "kit", "--approve-all"]).exit_code == 0
    said = CliRunner().invoke(app, ["review", "kit"]).output
    assert [folder.as_posix() for folder in opened] == ["kit", "runs/kit"]
    assert "no draft in kit waits" in said
