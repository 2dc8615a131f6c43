"""Killed at any moment and run again: nothing finished is paid twice, the rows are the same."""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tutelage.core.row_shards import shard_files
from tutelage.models.journal import Journal
from tutelage.testing.loopback import Loopback, Reply, chat_reply, question

from tests.models.answering import answer

ROOT = Path(__file__).parents[2]


def slowly(body: dict[str, Any]) -> Reply:
    """The same answer to a question whenever it is asked."""
    return Reply(chat_reply(f"re {question(body)} {body['seed']}").body, delay_seconds=0.01)


def kept(folder: Path) -> list[bytes]:
    """The bytes of the rows that a stage kept."""
    return [file.read_bytes() for file in shard_files(folder, "kept")]


def finished(folder: Path) -> set[str]:
    """The questions whose answers are on disk."""
    journal = Journal(folder / "journal.sqlite")
    try:
        return {entry["messages"][0]["content"] for entry in journal.entries()}
    finally:
        journal.close()


def killed(server: Loopback, count: int, folder: Path, after: int) -> None:
    """Start the process and kill it once the server has seen so many requests."""
    command = [sys.executable, "-m", "tests.models.answering", server.url, str(count), str(folder)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        while len(server.asked) < after and process.poll() is None:
            time.sleep(0.001)
        process.kill()


def resumed(folder: Path, count: int, kills: int, earliest: int = 1) -> None:
    """Kill a run at random moments of its way, going on with it each time; then let it end.

    None is before the server saw `earliest` requests.
    """
    chance = random.Random(kills)
    with Loopback(slowly) as server:
        whole = kept(answer(server.url, count, folder / "whole"))
        done: set[str] = set()
        for left in range(kills, 0, -1):
            server.asked.clear()
            some = chance.randint(earliest, 2 * (count - len(done)) // (left + 1))
            killed(server, count, folder / "killed", some)
            assert not done & set(server.questions()), "a finished request was sent again"
            done |= finished(folder / "killed")
        assert 0 < len(done) < count
        server.asked.clear()
        assert kept(answer(server.url, count, folder / "killed")) == whole
        assert len(server.asked) == count - len(done)
        assert not done & set(server.questions())


def test_one_kill(tmp_path: Path) -> None:
    resumed(tmp_path, 300, kills=1, earliest=150)  # answers are on disk by then


@pytest.mark.slow
def test_twenty_kills_of_two_thousand_requests(tmp_path: Path) -> None:
    resumed(tmp_path, 2_000, kills=20)
