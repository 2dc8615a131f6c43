"""The journal: what is reused, what survives, and what two processes do to it."""

import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, FinishReason, Request
from tutelage.models.journal import Journal, journal_key

from tests.models.generation_session import ask


def put(journal: Journal, request: Request, text: str, tokens: int, reason: FinishReason) -> None:
    usage = Usage(requests=1, output_tokens=tokens)
    key = journal_key("m", request)
    journal.put(key, "m", Completion(request, text, reason, usage))


def get(journal: Journal, request: Request) -> str | None:
    found = journal.get(journal_key("m", request), request)
    return found.text if found else None


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite")


def test_a_whole_answer_serves_every_limit_it_fits_into(journal: Journal) -> None:
    put(journal, ask("q", max_tokens=50), "whole", 20, "stop")
    assert get(journal, ask("q", max_tokens=50)) == "whole"
    assert get(journal, ask("q", max_tokens=500)) == "whole"
    assert get(journal, ask("q", max_tokens=20)) == "whole"
    assert get(journal, ask("q", max_tokens=19)) is None


def test_an_answer_that_was_whole_within_a_limit_is_so_within_a_higher_one(
    journal: Journal,
) -> None:
    put(journal, ask("q", max_tokens=50), "whole, after much reasoning", 900, "stop")
    assert get(journal, ask("q", max_tokens=50)) == get(journal, ask("q", max_tokens=60))
    assert get(journal, ask("q", max_tokens=60)) is not None
    assert get(journal, ask("q", max_tokens=40)) is None


def test_a_cut_answer_serves_its_own_limit_and_is_never_replaced(
    journal: Journal,
) -> None:
    put(journal, ask("q", max_tokens=5), "cut", 5, "length")
    assert get(journal, ask("q", max_tokens=5)) == "cut"
    assert get(journal, ask("q", max_tokens=6)) is None
    put(journal, ask("q", max_tokens=50), "cut no more", 20, "stop")
    assert get(journal, ask("q", max_tokens=5)) == "cut"
    assert get(journal, ask("q", max_tokens=90)) == "cut no more"


def test_everything_but_the_limit_tells_requests_apart(journal: Journal) -> None:
    put(journal, ask("q"), "a", 1, "stop")
    others = [
        ask("p"),
        ask("q", seed=1),
        ask("q", temperature=0.1),
        ask("q", schema={"a": 1}),
    ]
    assert [get(journal, other) for other in others] == [None] * 4
    assert journal.get(journal_key("another model", ask("q")), ask("q")) is None
    assert get(journal, ask("q", name="other id")) == "a"


def test_many_are_found_at_once_in_their_order(journal: Journal) -> None:
    requests = [ask(f"q{n}") for n in range(200)]
    for request in requests[::2]:
        put(journal, request, request.id, 1, "stop")
    found = journal.find([(journal_key("m", request), request) for request in requests])
    assert [c.text if c else None for c in found] == [
        request.id if n % 2 == 0 else None for n, request in enumerate(requests)
    ]


def test_export_writes_everything_known(journal: Journal, tmp_path: Path) -> None:
    put(journal, ask("quid?", seed=3), "ita\n\x00 € 𝄞", 4, "stop")
    put(journal, ask("b"), "b", 1, "empty")
    assert journal.export(tmp_path / "out.jsonl") == 2
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(lines[0])
    assert entry["text"] == "ita\n\x00 € 𝄞" and entry["sampling"]["seed"] == 3
    assert entry["messages"] == [{"role": "user", "content": "quid?"}]
    assert entry.pop("reference") is None and journal.show(entry["key"]) == entry


def test_prune_takes_a_model_or_what_is_old(journal: Journal) -> None:
    put(journal, ask("a"), "a", 1, "stop")
    journal.put("k", "other", Completion(ask("a"), "x", "stop", Usage()))
    assert journal.prune(model="nobody") == 0
    assert journal.prune(before=time.time() - 60) == 0
    assert journal.prune(model="other") == 1
    assert journal.prune(before=time.time() + 60) == 1
    assert list(journal.entries()) == []


def test_losses_are_told_of_before_it_was_opened_and_pruned_with_their_model(
    journal: Journal, tmp_path: Path
) -> None:
    journal.lose("k", "m", Usage(requests=1, output_tokens=5))
    journal.lose("k", "m", Usage(requests=1, output_tokens=7))
    assert journal.lost_before(["k"]) == {}
    later = Journal(tmp_path / "journal.sqlite")
    assert later.lost_before(["k", "other"]) == {"k": Usage(requests=2, output_tokens=12)}
    later.prune(model="m")
    assert later.lost_before(["k"]) == {}


_WRITER = """
import sys
from pathlib import Path
from tutelage.accounting.ledger import Usage
from tutelage.models.chat import Completion, Request
from tutelage.models.journal import Journal, journal_key
journal = Journal(Path(sys.argv[1]))
for n in range(150):
    request = Request(str(n), ({"role": "user", "content": f"{n % int(sys.argv[2])}"},))
    key = journal_key("m", request)
    journal.get(key, request)
    journal.put(key, "m", Completion(request, f"answer {n}", "stop", Usage()))
"""


def test_processes_share_one_file(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(file), share])
        for share in ("150", "100", "150")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len(list(Journal(file).entries())) == 150


def test_a_killed_process_leaves_the_file_whole_to_the_others(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    command = [sys.executable, "-c", _WRITER, str(file), "150"]
    doomed, other = subprocess.Popen(command), subprocess.Popen(command)
    while doomed.poll() is None and (not file.exists() or not list(Journal(file).entries())):
        time.sleep(0.001)
    doomed.kill()
    assert other.wait(60) == 0 and doomed.wait(60) is not None
    assert len(list(Journal(file).entries())) == 150
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
